common-product = Ikrar
common-language-other = Bahasa Indonesia
common-skip = Skip to content
common-verify = Check authenticity
common-privacy = Personal data protection
common-synthetic = Synthetic data: every name and number in this event was made up as an example; none is a real person.
common-back-home = To the front page
