account-role-organizer = organizer
account-role-operator = institution operator
account-role-viewer = viewer

account-refusal-wrong = Account name or password isn't right. Check both.
account-refusal-busy = Too many people are signing in at once. Try again in a few seconds.
account-refusal-store = The storage is disturbed. Try again in a few minutes.
account-refusal-old-password = The present password isn't right.
account-refusal-short = A new password has at least 12 characters. A few words that you remember easily will do.
account-refusal-long = The new password is too long.
account-refusal-plain = The new password is too easy to guess. It may not hold the account name or be one character over and over.
account-refusal-same = The new password is the old one.
account-refusal-login = An account name has 2 to 40 lower-case letters, digits, dots, underscores, hyphens or @, and begins with a letter or digit.
account-refusal-name = Fill in the person's name, at most 120 characters.
account-refusal-scope = Choose at least one institution for this account.
account-refusal-taken = This account name is taken.
account-refusal-unknown = There is no such account.
account-refusal-last-organizer = This is the only organizer who can still sign in. Add another organizer first.
account-refusal-full = There are as many accounts as are allowed.

account-first = The first console account was made. Account name: { $login }. One-time password: { $password }. Change it when you first sign in.
account-password = One-time password for { $login }: { $password }. Change it when you first sign in.
