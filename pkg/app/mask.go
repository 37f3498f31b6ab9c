package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
)

// phonePattern finds numbers as people write them, blanks and hyphens included: E.164 and whatever longer begins like it,
// whose rest might read as a number, and the 11 digits of a Chinese mobile number with or without 86.
const phonePattern = `\+[1-9](?:[ -]?[0-9]){6,}|\b(?:86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]){8}\b`

// masked is an answer for those who may read the history but not people's numbers.
func masked(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("mask an answer: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("mask an answer: %w", err)
	}
	return maskTree(tree, regexp.MustCompile(phonePattern)), nil
}

func maskTree(v any, phones *regexp.Regexp) any {
	switch v := v.(type) {
	case string:
		return phones.ReplaceAllStringFunc(v, maskPhone)
	case []any:
		for i := range v {
			v[i] = maskTree(v[i], phones)
		}
	case map[string]any:
		for k := range v {
			v[k] = maskTree(v[k], phones)
		}
	}
	return v
}

// maskPhone leaves the ends, by which somebody who knows the number finds it again.
func maskPhone(number string) string {
	const head, tail = 3, 2
	out := []byte(number)
	for i := head; i < len(out)-tail; i++ {
		if out[i] >= '0' && out[i] <= '9' {
			out[i] = '*'
		}
	}
	return string(out)
}
