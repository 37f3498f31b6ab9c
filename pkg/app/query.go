package app

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// parameters hands each parameter of a query to what takes it; one that nobody takes is refused.
func parameters(values url.Values, takers map[string]func(string) error) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		take, ok := takers[name]
		if !ok {
			return fmt.Errorf("%w: there is no parameter %q", core.ErrInvalid, name)
		}
		if err := take(values.Get(name)); err != nil {
			return fmt.Errorf("%w: the parameter %s: %w", core.ErrInvalid, name, err)
		}
	}
	return nil
}

func word[T ~string](to *T) func(string) error {
	return func(value string) error { *to = T(value); return nil }
}

func moment(to *time.Time) func(string) error {
	return func(value string) (err error) { *to, err = time.Parse(time.RFC3339, value); return err }
}

func number(to *int) func(string) error {
	return func(value string) (err error) { *to, err = strconv.Atoi(value); return err }
}
