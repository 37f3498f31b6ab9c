package corerpc

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func cross(t *testing.T, err error) error {
	t.Helper()
	wire, marshalErr := proto.Marshal(toError(err))
	require.NoError(t, marshalErr)
	var e corepb.Error
	require.NoError(t, proto.Unmarshal(wire, &e))
	return fromError(&e)
}

func TestErrorsOfTheCoreAreRebuilt(t *testing.T) {
	all := []error{
		core.ErrUnknownContactPoint, core.ErrInvalid, core.ErrNotFound, core.ErrStore, core.ErrUnreachable, core.ErrConfig,
		context.Canceled, context.DeadlineExceeded, sender.ErrCannotUpdate, sender.ErrCannotReply,
	}
	require.Len(t, errorKinds(), len(all))
	for _, sentinel := range all {
		t.Run(sentinel.Error(), func(t *testing.T) {
			sent := fmt.Errorf("contact point %q: %w: say \"payments\"", "paymens", sentinel)
			got := cross(t, sent)
			require.EqualError(t, got, sent.Error())
			for _, other := range all {
				require.Equal(t, errors.Is(sent, other), errors.Is(got, other), other)
			}
		})
	}
}

func TestAnErrorMayBeSeveral(t *testing.T) {
	got := cross(t, errors.Join(core.ErrStore, context.DeadlineExceeded))
	require.ErrorIs(t, got, core.ErrStore)
	require.ErrorIs(t, got, context.DeadlineExceeded)
	require.NotErrorIs(t, got, core.ErrInvalid)
}

func TestAnErrorOfNoKindKeepsItsSentence(t *testing.T) {
	require.EqualError(t, cross(t, errors.New("what \xff now")), "what \uFFFD now")
	require.NoError(t, fromError(toError(nil)))
}

func TestAnErrorKeepsItsWordsInBothLanguages(t *testing.T) {
	sent := lang.Because(core.ErrNotFound, lang.Wrong("没有投递 7", "no delivery 7"))
	require.Equal(t, lang.Text{ZH: "找不到：没有投递 7", EN: "not found: no delivery 7"}, lang.TextOf(cross(t, sent)))
	plain := errors.New("disk full")
	require.Equal(t, lang.TextOf(plain), lang.TextOf(cross(t, plain)))
}

func TestAProvidersFailureIsRebuilt(t *testing.T) {
	sent := fmt.Errorf("look up li: %w", &sender.Failure{
		Class: sender.Later, Reason: sender.ReasonRecipient, After: time.Second, Scope: sender.ScopeAccount,
		Code: "60020", Text: "not allow to access from your ip", Status: 200, MaybeSent: true,
		Hint: lang.Text{ZH: "把出口地址加入可信列表", EN: "add the address to the trusted list"}, Err: errors.New("refused"),
	})
	got := cross(t, sent)
	require.EqualError(t, got, sent.Error())
	var want, have *sender.Failure
	require.ErrorAs(t, sent, &want)
	require.ErrorAs(t, got, &have)
	require.Equal(t, want.Error(), have.Error())
	require.Equal(t, want.Hint, have.Hint)
	require.Equal(t, want.Class, have.Class)
}
