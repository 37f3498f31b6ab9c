package sandbox

// HasSentence tells whether the page has a text for key in both languages.
func HasSentence(key string) bool {
	t, ok := sentences()[key]
	return ok && t.ZH != "" && t.EN != ""
}
