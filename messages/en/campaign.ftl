campaign-state-draft = draft
campaign-state-locked = locked
campaign-state-open = open
campaign-state-paused = paused
campaign-state-closing = closing
campaign-state-closed = closed
campaign-state-cancelled = cancelled

campaign-field-title = title
campaign-field-organizer = organizer
campaign-field-place = place
campaign-field-occasion = occasion or subject
campaign-field-year = year
campaign-field-help-contact = help contact
campaign-field-officials = officials
campaign-field-institutions = institutions
campaign-field-legal-basis = legal basis
campaign-field-closing = closing sentence
campaign-field-clause = clause { $number }

campaign-refusal-unknown = There is no such pledge event. Check its short name.
campaign-refusal-slug = A short name has 2 to 40 lower-case letters, digits or hyphens, and begins and ends with a letter or digit.
campaign-refusal-slug-taken = This short name is taken. Choose another.
campaign-refusal-settings = The field "{ $field }" is empty, too long or incomplete, or has invisible characters. Correct it and save again.
campaign-refusal-clauses = A text has 1 to 20 clauses.
campaign-refusal-length = The part "{ $part }" is empty or too long. Correct it and save again.
campaign-refusal-characters = The field "{ $part }": { $fault }. Type that part instead of pasting it, and save again.
campaign-character-control = the control character { $character } at letter { $place } can't be stored
campaign-character-direction = the invisible character { $character } at letter { $place } reverses the direction of writing
campaign-character-marks = too many marks are piled up on one letter ({ $character }, letter { $place })
campaign-character-unprintable = the character { $character } at letter { $place } can't be printed on the certificate
campaign-refusal-text-print = The part "{ $name }": { $fault }. Replace it and save again.
campaign-refusal-institution-print = The institution's name { $name }: { $fault }. Correct that name and try again.
campaign-refusal-unit-print = The unit { $name } (institution { $institution }): { $fault }. Correct the roster file, import it again, then lock.
campaign-refusal-person-print = { $many ->
        [no] It can't be locked yet. The participant { $name } (institution { $institution }): { $fault }. Correct the roster file, import it again, then lock.
       *[yes] It can't be locked yet. The participant { $name } (institution { $institution }): { $fault }. { $others } other participants have such characters too. Correct the roster file, import it again, then lock.
    }
campaign-refusal-placeholder = The placeholder { "{" }{ $name }{ "}" } isn't known. Use one of those listed below the form.
campaign-refusal-clause-id = Two clauses have the same number: { $id }.
campaign-refusal-times = These times can't be used: the closing time must be after the opening time and in the future, and an opening time that has passed can't be moved.
campaign-refusal-reason = Write the reason, in 3 to 500 characters.
campaign-refusal-state = This step isn't possible while the event is "{ $state }". Check its state and choose a step that is possible.
campaign-refusal-missing = It can't be locked yet. Still missing: { $missing }.
campaign-refusal-groups = The roster has more than { $most } agencies that would be shown one by one. Choose “by institution” in the settings, or check that the agency column is right.
campaign-refusal-signed = The event can't become a draft again, because somebody has already signed.
campaign-refusal-roster-changed = The event can't become a draft again, because people were added, excused or corrected since it was locked. Others can be added and corrected at the help desk.
campaign-refusal-public-url = A locked event was created with the address { $url }. Run the service with that address.
campaign-refusal-store = The storage has a problem. Check the event's state and repeat the step if it is still needed.

campaign-missing-organizer = the organizer's name
campaign-missing-place = the place
campaign-missing-help-contact = the organizer's help contact
campaign-missing-text = the text
campaign-missing-people = the roster
campaign-missing-times = a closing time in the future

campaign-show-state = State: { $state }
campaign-show-opens = Opens: { $time }
campaign-show-closes = Closes: { $time }
