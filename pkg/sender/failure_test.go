package sender_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestThreeWordsForAFailure(t *testing.T) {
	cause := errors.New("cause")
	provider := &sender.Failure{Reason: sender.ReasonUnavailable, Code: "9", Text: "busy", Hint: lang.Text{EN: "wait"}, MaybeSent: true, Err: cause}

	plain := sender.AsFailure(fmt.Errorf("wrapped: %w", cause))
	require.Equal(t, sender.Again, plain.Class, "a plain error is tried again by policy")
	require.ErrorIs(t, plain, cause)

	never := sender.AsFailure(sender.Permanent(sender.ReasonMessage, provider))
	require.Equal(t, sender.Never, never.Class)
	require.Equal(t, sender.ReasonMessage, never.Reason)
	require.Equal(t, "9", never.Code, "the provider's words stay")
	require.True(t, never.MaybeSent)
	require.ErrorIs(t, never, cause)
	require.Equal(t, sender.ReasonUnavailable, provider.Reason, "what was given is not changed")

	later := sender.AsFailure(fmt.Errorf("outer: %w", sender.RetryAfter(time.Minute, provider)))
	require.Equal(t, sender.Later, later.Class)
	require.Equal(t, time.Minute, later.After)
	require.Equal(t, sender.ReasonRateLimited, later.Reason)

	require.Nil(t, sender.AsFailure(nil))
	require.Equal(t, "unavailable: 9: busy: cause", provider.Error())
}

func TestWhatIsWrongWithSettingsIsToldAtOnce(t *testing.T) {
	require.NoError(t, sender.Misconfigured(nil, nil))
	one, two := errors.New("one"), errors.New("two")
	hint := lang.Text{EN: "what to do"}
	f := sender.AsFailure(sender.Misconfigured(one, nil, sender.Misconfigured(&sender.Failure{Reason: sender.ReasonUnavailable, Err: two, Hint: hint})))
	require.Equal(t, &sender.Failure{Class: sender.Never, Reason: sender.ReasonConfig, Hint: hint, Err: f.Err}, f)
	require.EqualError(t, f, "config: one\ntwo")
	require.ErrorIs(t, f, one)
	require.ErrorIs(t, f, two)
}

func TestAMarkSurvivesPermanent(t *testing.T) {
	err := sender.Permanent(sender.ReasonMessage, fmt.Errorf("too old: %w", sender.ErrCannotUpdate))
	require.ErrorIs(t, err, sender.ErrCannotUpdate)
	require.NotErrorIs(t, err, sender.ErrCannotReply)
}

func TestThisOrWorse(t *testing.T) {
	u := sender.Urgency{alert.High: sender.UrgeApp, alert.Critical: sender.UrgePhone}
	for s, want := range map[alert.Severity]sender.UrgeMode{alert.Critical: sender.UrgePhone, alert.High: sender.UrgeApp} {
		got, ok := u.At(s)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := u.At(alert.Warning)
	require.False(t, ok)
}

func TestTargetsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, s := range []string{"chat:oc_1", "person:li", "all", "", "email:a@b.c", "user:open_id/ou_1"} {
		require.Equal(t, s, sender.ParseTarget(s).String())
	}
}
