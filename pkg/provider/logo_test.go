package provider_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

// Pages put logos into the browser, so they may hold nothing that acts or loads.
func TestEveryTypeHasALogoThatOnlyDraws(t *testing.T) {
	const limit = 2 << 10
	drawing := []string{"svg", "g", "rect", "circle", "path"}
	attributes := []string{
		"xmlns", "viewBox", "width", "height", "x", "y", "r", "rx", "cx", "cy", "d",
		"fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
	}
	seen := map[string]string{}
	for _, m := range provider.Manifests() {
		require.NotEmpty(t, m.Logo, m.Type)
		assert.LessOrEqual(t, len(m.Logo), limit, m.Type)
		assert.Empty(t, seen[m.Logo], "%s has the logo of another type", m.Type)
		seen[m.Logo] = m.Type
		decoder := xml.NewDecoder(strings.NewReader(m.Logo))
		root := ""
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, m.Type)
			element, ok := token.(xml.StartElement)
			if !ok {
				assert.IsNotType(t, xml.Directive{}, token, m.Type)
				continue
			}
			if root == "" {
				root = element.Name.Local
			}
			assert.Contains(t, drawing, element.Name.Local, m.Type)
			for _, a := range element.Attr {
				assert.Contains(t, attributes, a.Name.Local, m.Type)
				assert.NotContains(t, a.Value, "url(", m.Type)
			}
		}
		assert.Equal(t, "svg", root, m.Type)
	}
}
