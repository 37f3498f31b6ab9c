package corerpc

import (
	"os"
	"reflect"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
)

func TestProtocolIsThatOfTheProto(t *testing.T) {
	text, err := os.ReadFile("core.proto")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^// protocol version: (\d+)$`).FindAllSubmatch(text, -1)
	require.Len(t, found, 1)
	version, err := strconv.Atoi(string(found[0][1]))
	require.NoError(t, err)
	require.Equal(t, Protocol, version)
}

func TestTheProtoHasEveryCallOfTheCore(t *testing.T) {
	calls := map[string]bool{"Hello": true}
	for method := range reflect.TypeFor[core.Core]().Methods() {
		calls[method.Name] = true
	}
	service := corepb.File_corerpc_core_proto.Services().ByName("Core").Methods()
	require.Equal(t, len(calls), service.Len())
	for i := range service.Len() {
		require.True(t, calls[string(service.Get(i).Name())], service.Get(i).Name())
	}
}
