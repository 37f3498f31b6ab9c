// Package lang holds sentences for people in the languages that Yunluo speaks.
package lang

// Language is a language that every text for users exists in.
type Language string

// The languages of Yunluo.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Languages lists every language, the default first.
func Languages() []Language { return []Language{Chinese, English} }

// Known tells whether l is a language of Yunluo.
func (l Language) Known() bool { return l == Chinese || l == English }

// Text is one sentence in each language.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the sentence in l; a missing one is answered in the other language.
func (t Text) In(l Language) string {
	if (l == English && t.EN != "") || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Empty tells whether there is no sentence at all.
func (t Text) Empty() bool { return t.ZH == "" && t.EN == "" }
