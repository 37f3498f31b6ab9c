package zabbix

import (
	"strings"
	"unicode/utf8"
)

// header begins a message that carries an event: the line "yunluo/1 EVENTID". Each fact then begins a line with
// "EVENTID|name=", and goes on over the lines that do not. What people control, such as an item's value, comes after
// what only Zabbix knows, and an event's id cannot be known before the event, so no value can pretend to be a fact.
const header = "yunluo/1 "

// lastFact takes all that follows it.
const lastFact = "text"

// facts are what is known of an event, by the names of Fields. What Zabbix left unresolved is not in it.
type facts map[string]string

// add keeps the first value of a name.
func (f facts) add(name, value string) {
	if _, known := f[name]; known {
		return
	}
	if value = clean(value); unresolved(value) {
		return
	}
	f[name] = value
}

// addPair adds "name=value"; what is none is left out.
func (f facts) addPair(pair string) {
	if name, value, ok := strings.Cut(pair, "="); ok && isName(name) {
		f.add(name, value)
	}
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// readHeader takes the facts out of a message, and returns the rest, which is for people.
func (f facts) readHeader(message string) (rest string) {
	message = clean(message)
	first, body, _ := strings.Cut(message, "\n")
	id, ok := strings.CutPrefix(first, header)
	if !ok {
		return message
	}
	id = strings.TrimSpace(id)
	mark := id + "|"
	f.add("event", id)
	name, value := "", []string(nil)
	end := func() {
		if name != "" {
			f.add(name, strings.Join(value, "\n"))
		}
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		pair, starts := strings.CutPrefix(line, mark)
		next, text, named := strings.Cut(pair, "=")
		if !starts || !named || !isName(next) {
			value = append(value, line)
			continue
		}
		end()
		name, value = next, []string{text}
		if name == lastFact {
			value = append(value, lines[i+1:]...)
			break
		}
	}
	end()
	return f[lastFact]
}

// clean makes one kind of line end, and text that can be stored and shown.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	if strings.IndexFunc(s, isOdd) < 0 {
		return strings.TrimSpace(s)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		if r != '\n' && isOdd(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// isOdd tells control characters other than those that make lines and columns.
func isOdd(r rune) bool { return r == '\ufeff' || r == 0x7f || (r < ' ' && r != '\n' && r != '\t') }

// unresolved tells whether Zabbix left a macro as it is, which it does where it has no value, or said that it knows none.
func unresolved(v string) bool {
	if v == "*UNKNOWN*" || v == "*UNDEFINED*" {
		return true
	}
	inner, ok := strings.CutPrefix(v, "{")
	if !ok || !strings.HasSuffix(inner, "}") {
		return false
	}
	inner = strings.TrimPrefix(strings.TrimSuffix(inner, "}"), "{")
	name, _, _ := strings.Cut(inner, "}")
	name, _, _ = strings.Cut(name, ":")
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._$#") == ""
}
