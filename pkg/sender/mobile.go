package sender

import "strings"

// chinaDigits is the length of a mobile number in China.
const chinaDigits = 11

// Mobile writes a number as services in China do: 11 digits in China, else with the country's
// code after a plus. It is empty for what is no number.
func Mobile(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(s)
	digits, international := strings.CutPrefix(s, "+")
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		digits, international = rest, true
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(digits, "86"); ok && len(rest) == chinaDigits {
		return rest
	}
	if international {
		return "+" + digits
	}
	return digits
}
