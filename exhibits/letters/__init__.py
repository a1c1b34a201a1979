"""The letters that a person edits, signs and sends: words in ``facts`` and ``blocks``, drawn as .docx and .txt."""
