package lang

import (
	"strconv"
	"strings"
	"time"
)

// Duration is a duration as an operator would write it in a configuration: 10m and not 10m0s, 2d and not 48h0m0s. It reads the same in every
// language.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
