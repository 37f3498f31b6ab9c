package slack

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// arguments of a method: from JSON, or from a form or query, where lists are JSON in a string.
type arguments map[string]json.RawMessage

// readArguments returns the word that refuses a body that cannot be read.
// https://docs.slack.dev/apis/web-api#post-bodies
func readArguments(c *stage.Call) (arguments, string) {
	args := arguments{}
	args.form(c.URL.Query())
	if c.Method == http.MethodGet || len(c.Body) == 0 {
		return args, ""
	}
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	switch {
	case c.Header.Get("Content-Type") == "":
		return nil, "missing_post_type"
	case err != nil:
		return nil, "invalid_post_type"
	case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") && !strings.EqualFold(params["charset"], "iso-8859-1"):
		return nil, "invalid_charset"
	}
	switch kind {
	case "application/json":
		if !json.Valid(c.Body) {
			return nil, "invalid_json"
		}
		if json.Unmarshal(c.Body, &args) != nil {
			return nil, "json_not_object"
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(c.Body))
		if err != nil {
			return nil, "invalid_form_data"
		}
		args.form(form)
	default:
		return nil, "invalid_post_type"
	}
	return args, ""
}

func (a arguments) form(values url.Values) {
	for k := range values {
		raw := json.RawMessage(values.Get(k))
		if k != "blocks" && k != "attachments" {
			// A string always marshals.
			raw, _ = json.Marshal(values.Get(k))
		}
		a[k] = raw
	}
}

// text is an argument that is a string; empty for any other.
func (a arguments) text(key string) string {
	var s string
	if json.Unmarshal(a[key], &s) != nil {
		return ""
	}
	return s
}

// flag reads an argument that is true or not, as JSON or as a form writes it.
func (a arguments) flag(key string) bool { return strings.Trim(string(a[key]), `"`) == "true" }

// has tells whether an argument is there and says something.
func (a arguments) has(key string) bool {
	switch strings.TrimSpace(string(a[key])) {
	case "", "null", `""`, "[]":
		return false
	}
	return true
}
