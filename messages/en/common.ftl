common-product = Ikrar
common-languages = Language
common-skip = Skip to content
common-verify = Check authenticity
common-privacy = Personal data protection
common-synthetic = Synthetic data: every person and number here is made up.
common-back-home = Back to the front page
common-gathered-group = Small institutions together
