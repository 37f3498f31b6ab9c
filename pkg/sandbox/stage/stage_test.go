package stage_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

func newStage() (*stage.Stage, *time.Time) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return stage.New(stage.Options{Now: func() time.Time { return now }}), &now
}

func TestTakeCountsAllRatesOrNone(t *testing.T) {
	t.Parallel()
	s, now := newStage()
	rates := []stage.Rate{{Count: 2, Per: time.Second}, {Count: 3, Per: time.Minute}}
	require.Zero(t, s.Take("k", rates...))
	require.Zero(t, s.Take("k", rates...))
	require.Equal(t, time.Second, s.Take("k", rates...))
	*now = now.Add(time.Second)
	require.Zero(t, s.Take("k", rates...), "what was refused did not count")
	require.Equal(t, 59*time.Second, s.Take("k", rates...))
	require.Zero(t, s.Take("other", rates...))
}

func TestBanEnds(t *testing.T) {
	t.Parallel()
	s, now := newStage()
	s.Ban("k", time.Minute)
	*now = now.Add(59 * time.Second)
	require.Equal(t, time.Second, s.Banned("k"))
	*now = now.Add(time.Second)
	require.Zero(t, s.Banned("k"))
	s.Ban("k", time.Minute)
	s.Unban("k")
	require.Zero(t, s.Banned("k"))
}

func TestInboxForgetsTheOldest(t *testing.T) {
	t.Parallel()
	s, _ := newStage()
	for i := range 5_010 {
		s.Deliver(stage.Message{ID: strconv.Itoa(i), Key: strconv.Itoa(i), Content: []byte("{}")}, "scope", time.Hour)
	}
	f := s.Figures()
	require.EqualValues(t, 5_010, f.Messages)
	require.Equal(t, 5_000, f.Held)
	require.Equal(t, 5_010, f.DistinctKeys)
	require.Equal(t, 1, f.DistinctContents)
	_, ok := s.Message("9")
	require.False(t, ok)
	_, ok = s.Message("10")
	require.True(t, ok)
}

func TestInboxModes(t *testing.T) {
	t.Parallel()
	for mode, want := range map[stage.Mode][2]int{stage.ModeFull: {2, 2}, stage.ModeCount: {2, 0}, stage.ModeOff: {0, 0}} {
		s, _ := newStage()
		require.NoError(t, s.SetMode(mode))
		s.Deliver(stage.Message{ID: "1", Content: []byte("aa")}, "", 0)
		s.Deliver(stage.Message{ID: "2", Content: []byte("bb")}, "", 0)
		require.Equal(t, want[0], s.Figures().DistinctContents, mode)
		require.Len(t, s.Messages(stage.Filter{})[0].Content, want[1], mode)
		require.EqualValues(t, 2, s.Figures().Messages, mode)
	}
	s, _ := newStage()
	require.Error(t, s.SetMode("some"))
}

func TestAddNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s, _ := newStage()
	for name, w := range map[string]stage.World{
		"user": {Users: []stage.User{{Name: "x"}}}, "app": {Apps: []stage.App{{ID: "x"}}},
		"chat": {Chats: []stage.Chat{{ID: "x"}}}, "robot": {Robots: []stage.Robot{{Group: "x"}}},
	} {
		require.ErrorContains(t, s.Add(w), name)
	}
	require.Empty(t, s.View().Users)
}

func TestFaultsAreChecked(t *testing.T) {
	t.Parallel()
	s, _ := newStage()
	for _, f := range []stage.Fault{
		{Kind: "boom"},
		{Kind: stage.FaultSlow, Times: -1},
		{Kind: stage.FaultStatus, Status: 99},
		{Kind: stage.FaultCode},
		{Kind: stage.FaultHuge, Size: 2 << 30},
	} {
		require.Error(t, s.SetFaults(f))
	}
	require.Empty(t, s.Faults())
	id, err := s.AddFault(stage.Fault{Kind: stage.FaultReset})
	require.NoError(t, err)
	require.True(t, s.RemoveFault(id))
	require.False(t, s.RemoveFault(id))
}

func TestResetKeepsTheWorld(t *testing.T) {
	t.Parallel()
	s, _ := newStage()
	require.NoError(t, s.Add(stage.Demo()))
	s.Deliver(stage.Message{ID: "1"}, "", 0)
	s.Ban("k", time.Hour)
	require.NoError(t, s.SetFaults(stage.Fault{Kind: stage.FaultReset}))
	s.Reset()
	require.Empty(t, s.Messages(stage.Filter{}))
	require.Empty(t, s.Faults())
	require.Zero(t, s.Banned("k"))
	require.NotEmpty(t, s.View().Chats)
}

func TestChangesWakeWithoutWaiting(t *testing.T) {
	t.Parallel()
	s, _ := newStage()
	c, stop := s.Changes()
	defer stop()
	for i := range 3 {
		s.Deliver(stage.Message{ID: strconv.Itoa(i)}, "", 0)
	}
	require.Len(t, c, 1)
}

func BenchmarkDeliver(b *testing.B) {
	s := stage.New(stage.Options{})
	require.NoError(b, s.SetMode(stage.ModeCount))
	content := []byte(`{"msg_type":"text","content":"{}"}`)
	i := 0
	for b.Loop() {
		i++
		s.Deliver(stage.Message{ID: strconv.Itoa(i), Key: strconv.Itoa(i), Content: content}, "s", time.Hour)
	}
}
