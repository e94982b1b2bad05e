"""The report in Chinese: one file per section, each a table `SAID` from the English template to the Chinese one."""
