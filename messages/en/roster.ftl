roster-remarks-heading = REMARKS OF THE CHECK

# Files that can't be read.
roster-file-empty = This file is empty. Check that it was saved and uploaded in full, then try again.
roster-file-too-large = This file is larger than { $limit } MiB. Split it by institution and import the parts one by one.
roster-file-inflates-too-large = This file unpacks to more than the limit ({ $limit } GiB). Copy the table into a new workbook, save it as .xlsx or .csv, and try again.
roster-file-too-many-parts = This file consists of more than { $limit } parts (sheets, pictures, notes, print settings). Copy the sheets with the participants into a new workbook, save it as .xlsx, and try again.
roster-file-too-many-rows = This file holds more than { $limit } rows. Split it by institution and import the parts one by one.
roster-file-too-many-units = This file names too many institutions or units. Check whether columns were swapped.
roster-file-row-too-long = A cell or row of this file holds more than { $limit } MiB of text. Copy the table into a new workbook, save it as .xlsx or .csv, then try again.
roster-file-too-many-relations = This workbook names more than { $limit } sheets. Copy the sheet with the participants into a new workbook, save it as .xlsx, then try again.
roster-file-too-many-strings = The text in this workbook is beyond the limit ({ $limit } MiB). Split it by institution, or save it as .csv, then try again.
roster-file-too-much-work = The check was stopped after { $limit } steps: this file holds far more than other files of its size. Copy the table into a new workbook, save it as .xlsx or .csv, then try again.
roster-file-too-much-memory = The check was stopped: this file and others that are being checked need more memory than the limit ({ $limit } MiB). Wait until other checks are done, or split the file by institution, then try again.
roster-file-password = This file is protected by a password. Open it in Excel, remove the password (Info > Protect Workbook), save it, and try again.
roster-file-old-excel = This file has the old Excel format (.xls). Open it in Excel, choose Save As > Excel Workbook (.xlsx), and try again.
roster-file-html = This file is a web page (HTML), whatever its name says; many programs export tables as .xls like this. If the program can export .xlsx or CSV, use that. If not, open the file in Excel, choose Save As > Excel Workbook (.xlsx), and check the NIP column: Excel keeps 15 digits only.
roster-file-xml-spreadsheet = This file has the format XML Spreadsheet 2003, whatever its name says. Open it in Excel, choose Save As > Excel Workbook (.xlsx), and try again.
roster-file-xml = This file is XML data, whatever its name says. Export the roster as .xlsx or CSV from the program that it comes from, and try again.
roster-file-binary-workbook = This file is a binary Excel workbook (.xlsb). Open it in Excel, choose Save As > Excel Workbook (.xlsx), and try again.
roster-file-open-document = This file has an OpenDocument format (such as .ods). Open it in LibreOffice or Excel, choose Save As > Excel 2007-365 (.xlsx), and try again.
roster-file-numbers = This file has the format of Numbers (Apple). Open it in Numbers, choose File > Export To > Excel (.xlsx), and try again.
roster-file-word = This file is a Word document. Copy its table into Excel with the NIP column formatted as Text, save it as .xlsx, and try again.
roster-file-archive = This file is an archive (.rar, .7z, .gz or the like), not a workbook. Extract it first, then choose the .xlsx or .csv file in it.
roster-file-no-visible-sheet = All sheets of this workbook are hidden, and hidden sheets aren't read. Show the sheet with the participants in Excel, save the file, and try again.
roster-file-too-many-sheets = This workbook has more than { $limit } sheets. Copy the sheets with the participants into a new workbook, save it as .xlsx, and try again.
roster-file-no-table = This file is { $kind ->
    [PDF] a PDF document
    [gambar] a picture
    [sementara] a temporary file that Excel keeps while a workbook is open (its name begins with ~$)
   *[biner] binary data
}, not a table, whatever its name says. Choose the .xlsx or .csv file that holds the roster.
roster-file-no-workbook = This file isn't an Excel workbook. If it is a .zip archive, extract it first, then choose the .xlsx or .csv file in it. If not, save the roster as .xlsx or .csv, and try again.
roster-file-damaged = This file is damaged or cut short. Get or download the original again, and retry.
roster-file-broken-text = Line { $line } contains broken characters. Export the file again from its source as "CSV UTF-8" or .xlsx, and try again.
roster-file-quote-not-closed = The quotation mark (") opened in line { $line } isn't closed in its cell, so the rows below it are read as part of that cell. Close or delete that mark, or save the file from Excel as .xlsx, and try again.
roster-file-no-header = No row of column names was found. Choose what the columns hold, or name them: at least NAMA and one more, such as NIP or UNIT KERJA.{ $hidden ->
    [yes] {" "}Hidden sheets aren't read: { $sheets }. If the roster is there, show the sheet in Excel, save the file, and try again.
   *[no] {""}
}
roster-file-ambiguous-columns = Columns { $first } and { $second } have the same name, or are chosen for the same field. Choose which one is read, or rename one of them.
roster-file-unread-numbers = Column { $column }{ $headed ->
    [yes] {" "}({ $heading })
   *[no] {" "}(no heading)
}{ $named ->
    [yes] {" "}on sheet { $sheet }
   *[no] {""}
} holds numbers like a NIP ({ $samples }), but its heading isn't known as that of a NIP column. If they are the participants' NIPs, choose the field or change the heading to NIP; if not, choose "not kept" or delete the column. Then try again.
roster-file-no-institution-column = { $named ->
    [known] Sheet { $sheet } has no column INSTANSI, but its name is an institution. If each sheet holds one institution, import with "sheet names are units or institutions" (--unit-from-sheet).
    [unknown] Sheet { $sheet } has no column INSTANSI, and its name is no institution of this event. Rename the sheet to the name or code of its institution, or add a column INSTANSI.
   *[none] This file doesn't name the institution. Add a column INSTANSI, or choose one institution for the whole file.
}
roster-file-no-such-institution = This event has no institution with the code { $code }.
roster-file-no-people = This file holds no people.{ $hidden ->
    [yes] {" "}Hidden sheets aren't read: { $sheets }. If the roster is there, show the sheet in Excel, save the file, and try again.
   *[no] {""}
}
roster-file-no-participants = None of { $rows } rows is taken for a participant; the first: { $first }. Someone without a number is taken for one if their row has a position, a kind of employment or a unit. Add one of these columns, or fill in the NIP, and repeat.
roster-file-cancelled = The import was cancelled; nothing has changed.
roster-file-unreadable = This file can't be read from the storage. Try again; if it keeps failing, contact the operator.

# What a column holds, as people choose it.
roster-field-identifier = NIP or NI PPPK
roster-field-number = participant number
roster-field-name = name
roster-field-front-title = front title
roster-field-back-title = back title
roster-field-institution = institution
roster-field-institution-code = institution code
roster-field-parent-unit = agency
roster-field-unit = unit
roster-field-sub-unit = sub-unit
roster-field-unit-id = unit code
roster-field-location = place of work
roster-field-rank = rank
roster-field-grade = grade
roster-field-position = position
roster-field-employment = kind of employment
roster-field-civil-status = candidate or civil servant (CPNS, PNS)
roster-field-legal-standing = legal standing
roster-column-not-kept = not kept
roster-column-unknown = unknown, not kept
roster-column-remembered = { $use } (remembered from an earlier import)
roster-column-said = { $use } (your choice)
roster-columns-title = Columns in the file
roster-columns-heading = heading
roster-columns-samples = sample values
roster-columns-read-as = read as
roster-columns-sheet = sheet { $sheet }{ $more ->
    [0] {""}
    [1] {" "}and one more sheet
   *[other] {" "}and { $more } more sheets
}
roster-columns-more = The file has more columns than are shown.
roster-columns-names = Names of the first people, as printed on the certificate
roster-columns-hint = Read wrongly? --column FIELD=COLUMN, such as --column NIP=C; --column -=C: not kept.
roster-choice-form = { $text } doesn't name a column. Write a field and the column's letters, such as NIP=C; a hyphen for a column that isn't kept, such as -=C.
roster-choice-field = { $text } is not a known field. Known are: { $fields }; or a hyphen (-) for a column that isn't kept.
roster-choice-twice = { $text } is chosen twice. A column holds one field, and a field is in one column.
roster-choice-too-many = Too many columns are chosen; at most { $limit }.

roster-not-draft = The roster is locked: this event is no longer a draft.
roster-overtaken = Another import finished first. Import again, so that it is compared with the newest roster.

# What is wrong with a row, and what to do.
roster-fault-numeric-identifier = The NIP is stored as a number, so its last digits are lost (Excel keeps 15 digits only).
roster-remedy-numeric-identifier = Format the column as Text, then fill in the numbers again from their source.
roster-fault-identifier-empty = The number is empty.
roster-remedy-identifier-empty = Fill in a NIP, NI PPPK or participant number.
roster-fault-identifier-length = It doesn't have 18 digits.
roster-remedy-identifier-length = Check the number: NIP and NI PPPK have 18 digits.
roster-fault-identifier-birth-date = The birth date within this number doesn't exist.
roster-remedy-identifier-birth-date = Check the first eight digits.
roster-fault-identifier-appointment = The month of appointment or contract code within this number doesn't exist.
roster-remedy-identifier-appointment = Check digits 9 to 14.
roster-fault-identifier-sex = The digit for the sex within this number is neither 1 nor 2.
roster-remedy-identifier-sex = Check digit 15.
roster-fault-identifier-serial-zero = The number ends in 000, as happens when Excel keeps only 15 digits.
roster-remedy-identifier-serial-zero = Format the column as Text, then fill in the numbers again from their source.
roster-fault-identifier-form = This isn't a NIP, NI PPPK or participant number.
roster-remedy-identifier-form = Fill in 18 digits, or a participant number of the form CODE-NUMBER.
roster-fault-born-ahead = The birth date within this number has not come yet.
roster-remedy-born-ahead = Check the first eight digits.
roster-fault-appointed-ahead = The appointment within this number is more than a year ahead.
roster-remedy-appointed-ahead = Check digits 9 to 14.
roster-fault-appointed-too-young = By this number the person was appointed before the age of 15.
roster-remedy-appointed-too-young = Check the year of birth (digits 1 to 4) and of appointment (digits 9 to 12).
roster-fault-number-is-a-date = This is a date and no number.
roster-remedy-number-is-a-date = Fill in the NIP, NI PPPK or participant number. If this person has none yet, empty the cell: they will be given a participant number.
roster-fault-number-is-a-word = This is a remark and no number.
roster-remedy-number-is-a-word = If this person has no number yet, empty the cell: they will be given a participant number. Otherwise fill in the number.
roster-fault-number-issuer = The part before the hyphen ({ $issuer }) is neither code nor name of an institution of this event.
roster-remedy-number-issuer = A participant number begins with the institution's code, such as 16.71-000123; NIP and NI PPPK have 18 digits. If this person has none yet, empty the cell: they will be given a participant number.
roster-fault-nik = This number of 16 digits looks like an identity card number (NIK).
roster-remedy-nik = Don't use the NIK. Fill in a NIP or participant number, or leave it empty.
roster-fault-name-missing = The name is empty.
roster-remedy-name-missing = Fill in the name, or delete this row.
roster-fault-name-has-digits = The name contains digits.
roster-remedy-name-has-digits = Check whether columns have slipped, or delete this row if it isn't a person.
roster-fault-name-has-sign = The name holds { $sign }, which is in no name.
roster-remedy-name-has-sign = Write one name in one cell, without notes. If the sign stands for a lost letter, fill in the name again from its source.
roster-fault-too-long = It is longer than { $limit } characters.
roster-remedy-too-long = Shorten it.
roster-fault-name-bytes = The name with its titles takes { $bytes } bytes, more than the limit ({ $limit }). Letters such as é take 2 bytes, letters such as Ḥ take 3.
roster-remedy-name-bytes = Shorten the titles.
roster-fault-institution-missing = The institution is empty.
roster-remedy-institution-missing = Fill in the name or code of the institution. If it is written only once above, import with "fill down" (--fill-down).
roster-fault-institution-code = This can't be an institution's code.
roster-remedy-institution-code = Write at most 16 letters and digits, with single dots between them, for example 16.71.
roster-fault-institution-unknown = This institution isn't part of the event.
roster-remedy-institution-unknown = { $found ->
    [yes] Perhaps { $alike } is meant. {""}
   *[no] {""}
}Write its name as in the event's list of institutions, or use its code.
roster-fault-institution-contradiction = Code and name of the institution in this row don't fit; on record is { $known }.
roster-remedy-institution-contradiction = See which of them is right, and make them fit.
roster-fault-institution-other = This row belongs to another institution; the file is for { $expected }.
roster-remedy-institution-other = Move this row to its institution's file.
roster-fault-duplicate = { $named ->
        [no] This person is already in row { $row }.
       *[yes] This person is already in row { $row } (sheet { $sheet }).
    }
roster-remedy-duplicate = Delete one of the rows.
roster-fault-formula = This cell contains a formula.
roster-remedy-formula = Copy the column and paste it as values.
roster-fault-cell-error = This cell contains an error of a formula, such as #N/A or #REF!, and no data.
roster-remedy-cell-error = Fill in the right value, or empty the cell if there is none.
roster-fault-second-header = This row repeats the column names.
roster-remedy-second-header = Keep one row of column names, and delete this one.
roster-fault-beyond-header = There is something to the right of the last column with a heading.
roster-remedy-beyond-header = If the values of this row have slipped, as after a comma in a name, put that cell in quotation marks or save the file as .xlsx. If this is a column of its own, give it a heading; if it is a note, delete it.
roster-fault-merged = The cells { $range } are merged.
roster-remedy-merged = { $fills ->
    [yes] Unmerge the cells and fill in each row; or import with "fill down" (--fill-down).
   *[no] Unmerge the cells and fill in each row.
}
roster-fault-participant-number = The participant number contains characters that aren't allowed, or is too long.
roster-remedy-participant-number = Use letters, digits, dots, slashes and hyphens; 32 at most.
roster-fault-broken-text = It contains broken characters.
roster-remedy-broken-text = Type it again.
roster-fault-direction = It contains an invisible character { $character } at letter { $place }, which reverses the direction of writing.
roster-remedy-direction = Type it again instead of pasting it.
roster-fault-marks = Too many marks are piled up on one letter ({ $character }, letter { $place }).
roster-remedy-marks = Type it again.
roster-fault-unprintable = The character { $character } at letter { $place } can't be printed on the certificate.
roster-remedy-unprintable = Replace it with a Latin letter or usual punctuation, or remove it.
roster-fault-garbled = Letters were damaged by the file's encoding: "{ $found }" was probably "{ $meant }".
roster-remedy-garbled = Get the file again from its source as XLSX or as CSV in UTF-8, or correct the letters.
roster-fault-markup = It contains a remnant of a web page: { $found }.
roster-remedy-markup = Replace it with the letter or sign that was meant.

# The report in a terminal.
roster-report-dry-run = Dry run: nothing was changed.
roster-report-applied = The roster is in force.
roster-report-unchanged = The roster is already the same as the file: nothing has changed.
roster-report-refused = The file was refused: { $faults } faults. Nothing has changed.
roster-report-people = People in the file: { $people } (given a number: { $numbered })
roster-report-employment = Kinds of employment: { $kinds }
roster-report-kept = Columns that the file doesn't have stay as the roster in force has them: { $columns }
roster-kept-unit = unit ({ $count } people)
roster-kept-location = location ({ $count } people)
roster-kept-rank = rank ({ $count } people)
roster-kept-position = position ({ $count } people)
roster-kept-employment = kind of employment ({ $count } people)
roster-report-changes = Added { $added }, changed { $changed }, unchanged { $unchanged }, removed { $removed }
roster-report-stays = Other institutions that stay as they are: { $count } ({ $people } participants).
roster-report-stays-line = stays: { $code } ({ $people } participants)
roster-report-moved = Now in another institution: { $moved }
roster-report-elsewhere = another institution
roster-report-moved-line = { $name }: { $from } -> { $to }
roster-report-units = Units: { $units }, new: { $new }
roster-report-look-alike = Unit names that look alike ({ $institution }): { $one } | { $other }
roster-report-institutions-alike = Institutions that look alike and may be one: { $one } | { $other }. If they are, write one name in the file before you import it.
roster-report-look-alikes-incomplete = Not all unit names were compared, because of their number or length. Other names may be alike too.
roster-report-created = New institution: { $code } { $name }
roster-report-code-in-use = Code { $code } ({ $name }) is in use in other events for { $known }. If this is the same institution, repeat with --same-institution and its code there; if not, it is registered as another one, and operators of one don't see the other.
roster-report-code-same = { $code } { $name }: the same institution as { $node } of other events.
roster-report-renamed = { $node } { $before }: now called { $after }.
roster-report-unit-asked = New unit { $path }: perhaps a new name of { $known }. If it is the same unit, repeat with --same-unit "{ $node }={ $name }" (or the code of that other unit); if not, it is registered as a new unit, and the two can't be joined later.
roster-report-unit-choice = { $node } { $name } (people in common: { $people }, accounts: { $accounts })
roster-report-units-asked-more = Other new units that may only have another name and aren't listed here: { $count }. If one of them is the same unit as before, import it in the terminal with --same-unit CODE=NAME.
roster-report-unit-gone = Unit { $node } { $name } isn't in the file. Accounts of this unit: { $accounts }. After the import they don't see people of this unit in this event. If the unit only has another name, say so before you import.
roster-report-units-gone-more = Other units that have accounts and aren't in the file: { $count }.
roster-same-unit-unread = --same-unit can't be read: { $text }. Write the code of the unit and its name in the file, such as --same-unit "16.71/4=Dinas Baru".
roster-same-unit-unknown = { $node } isn't a registered unit of an institution in this file. Nothing has changed.
roster-same-unit-not-in-file = The file has no unit called { $name } in the place of { $node }, below the same unit. Nothing has changed.
roster-same-unit-still-there = { $node } is still in the file as { $more }, so { $name } is another unit. Nothing has changed.
roster-same-unit-other = { $name } is registered as unit { $more } already, so it is no new name of { $node }. Nothing has changed.
roster-same-unit-twice = A unit can only be one unit: { $node } or { $name } is named twice. Nothing has changed.
roster-same-unit-too-many = At most { $most } renamed units can be named at once. Nothing has changed.
roster-note-row = row { $row }{ $sheet }: { $text }
roster-note-numberless = Without a number, given a participant number: { $count } people ({ $rows })
roster-note-not-participants = No participants, left out: { $count } rows ({ $rows })
roster-note-numbers-by-name = Keep an earlier number, known by the name alone since the unit changed: { $count } people ({ $rows })
roster-note-two-numbers = Name and birth date occur with a NIP and with an NI PPPK, perhaps of one person: { $count } people ({ $rows })
roster-note-ended-service = Legal standing says retired, deceased or dismissed, but they stay participants: { $count } people ({ $rows })
roster-note-hidden-rows = In rows that are hidden or filtered out, but read all the same: { $count } people ({ $rows })
roster-note-hidden-columns = Hidden columns that are read: { $count } columns ({ $rows })
roster-note-empty-nip-columns = The column of NIPs is empty: none of { $people } people on { $count } sheets has a number, so everybody would be given a participant number ({ $rows })
roster-note-blank-units = No unit, below a row that has one: { $count } people ({ $rows }). If a unit is written only once above, import with "fill down" (--fill-down).
roster-note-filled-down = Institution or unit taken from the row above: { $count } people ({ $rows })
roster-note-sheets-as-units = No column of units, but the names of the sheets may be units: { $count } sheets ({ $rows }). If they are, import with "sheet names are units or institutions" (--unit-from-sheet).
roster-note-other-employment = Kind of employment isn't known, kept as other: { $count } people ({ $rows })
roster-note-unclear-employment = Kind of employment isn't certain (such as ASN alone), taken as not filled in: { $count } people ({ $rows })
roster-report-sheet-no-header = Sheet without column names left out: { $sheet }. Filled rows: { $rows }. The first ones: { $first }
roster-report-sheet-hidden = Hidden sheet left out: { $sheet }. Filled rows: { $rows }. The first ones: { $first }
roster-report-sheet-very-hidden = Sheet that Excel's menu doesn't list left out: { $sheet }. Filled rows: { $rows }. The first ones: { $first }
roster-report-unnamed-column = Column { $column }{ $named ->
    [yes] {" "}on sheet { $sheet }
   *[no] {""}
} has no heading and isn't read: { $samples }
roster-report-fault = row { $row }{ $sheet }, { $value }: { $remark }
roster-report-more-faults = ... and { $more } more faults
roster-report-annotated = The file with a column of remarks: { $path }
roster-no-such-campaign = There is no event with the slug { $slug }.

# Kinds of employment.
employment-pns = PNS
employment-cpns = CPNS
employment-pppk = PPPK
employment-pppk-part-time = PPPK part time
employment-non-asn = Non-ASN
employment-village-head = Village head
employment-village-staff = Village staff
employment-other = Other
employment-unset = not filled in

# Lists.
list-identifier = NIP / PARTICIPANT NUMBER
list-name = NAME
list-institution-code = INSTITUTION CODE
list-institution = INSTITUTION
list-unit = UNIT
list-employment = EMPLOYMENT
list-access-code = ACCESS CODE
list-status = STATUS
list-signed-at = TIME
list-signed = signed
list-not-signed = not signed
list-no-such-institution = This event has no such institution.
list-no-such-unit = The roster has no such unit.
list-written = { $people } people written to { $path }. Confidential: whoever holds a code can sign.

# The exported roster and the template.
roster-column-identifier = NIP / PARTICIPANT NUMBER
roster-column-name = NAME
roster-column-institution-code = INSTITUTION CODE
roster-column-institution = INSTITUTION
roster-column-parent-unit = PARENT UNIT
roster-column-unit = UNIT
roster-column-sub-unit = SUB-UNIT
roster-column-unit-code = UNIT CODE
roster-column-location = LOCATION
roster-column-rank = RANK
roster-column-position = POSITION
roster-column-employment = EMPLOYMENT
roster-template-sheet = Participants
roster-template-explanation = Explanation
roster-template-note = Fill in the first sheet: one row, one person. This sheet only explains and isn't read.
roster-template-column = COLUMN
roster-template-needed = NEEDED
roster-template-means = CONTENT
roster-template-example = EXAMPLE
roster-template-is-needed = needed
roster-template-is-optional = may be empty
roster-template-means-identifier = NIP or NI PPPK (18 digits), or a participant number of the form CODE-NUMBER. The column is formatted as text, so that no digits are cut. Leave it empty for people without a number: they get a participant number.
roster-template-means-name = The full name with its titles, as it will be printed on the certificate.
roster-template-means-institution-code = The institution's code in the event. Fill in its code or name if the file holds several institutions.
roster-template-means-institution = The institution's name, as in the event.
roster-template-means-parent-unit = The agency (OPD) of the person's unit.
roster-template-means-unit = The unit below the agency, such as a school or a health centre.
roster-template-means-sub-unit = The sub-unit below the unit, such as a section.
roster-template-means-unit-code = Tells apart two units of one name.
roster-template-means-location = The regency or city where the person works.
roster-template-means-rank = Rank and grade, for the integrity pact.
roster-template-means-position = The position, for the integrity pact.
roster-template-means-employment = PNS, CPNS, PPPK, PPPK part time, Non-ASN, Village head, Village staff or Other. An empty cell isn't filled in.
roster-template-example-identifier = 198001012005012001
roster-template-example-name = Dr. Siti Aminah, S.E., M.Si.
roster-template-example-institution-code = 16.71
roster-template-example-institution = Pemerintah Kota Palembang
roster-template-example-parent-unit = Dinas Kesehatan
roster-template-example-unit = Puskesmas Dempo
roster-template-example-sub-unit = Subbagian Tata Usaha
roster-template-example-unit-code = 12
roster-template-example-location = Kota Palembang
roster-template-example-rank = Penata (III/c)
roster-template-example-position = Perawat Ahli Muda
roster-template-example-employment = PNS
roster-export-written = { $people } people written to { $path }. It holds NIPs: keep it safe.
roster-template-written = The template is written to { $path }.
roster-export-nobody = The roster is still empty.
