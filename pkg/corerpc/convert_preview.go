package corerpc

import (
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func toPreview(p *core.PreviewResult) *corepb.PreviewResult {
	return &corepb.PreviewResult{
		Account:   valid(p.Account),
		Type:      valid(p.Type),
		Target:    valid(p.Target),
		Parts:     list(p.Parts, toPart),
		Notes:     list(p.Notes, toNote),
		Error:     valid(p.Error),
		Defaulted: valid(p.Defaulted),
	}
}

func fromPreview(p *corepb.PreviewResult) core.PreviewResult {
	return core.PreviewResult{
		Account:   p.GetAccount(),
		Type:      p.GetType(),
		Target:    p.GetTarget(),
		Parts:     unlist(p.GetParts(), fromPart),
		Notes:     unlist(p.GetNotes(), fromText),
		Error:     p.GetError(),
		Defaulted: p.GetDefaulted(),
	}
}

func toPart(p *core.PreviewPart) *corepb.PreviewPart {
	return &corepb.PreviewPart{
		Content: p.Content,
		Preview: toSurface(&p.Preview),
		Bytes:   int64(p.Bytes),
	}
}

func fromPart(p *corepb.PreviewPart) core.PreviewPart {
	return core.PreviewPart{
		Content: p.GetContent(),
		Preview: fromSurface(p.GetPreview()),
		Bytes:   int(p.GetBytes()),
	}
}

func toSurface(p *sender.Preview) *corepb.Surface {
	return &corepb.Surface{
		Shape:    valid(p.Shape),
		Color:    valid(p.Color),
		Title:    valid(p.Title),
		Blocks:   list(p.Blocks, toBlock),
		Mentions: validList(p.Mentions),
		From:     valid(p.From),
		Segments: int64(p.Segments),
		Listed:   valid(p.Listed),
	}
}

func fromSurface(p *corepb.Surface) sender.Preview {
	return sender.Preview{
		Shape:    sender.Shape(p.GetShape()),
		Color:    p.GetColor(),
		Title:    p.GetTitle(),
		Blocks:   unlist(p.GetBlocks(), fromBlock),
		Mentions: wordList[string](p.GetMentions()),
		From:     p.GetFrom(),
		Segments: int(p.GetSegments()),
		Listed:   p.GetListed(),
	}
}

func toBlock(b *sender.Block) *corepb.Block {
	return &corepb.Block{
		Kind:   valid(b.Kind),
		Text:   valid(b.Text),
		Spans:  list(b.Spans, toSpan),
		Fields: list(b.Fields, toBlock),
		Url:    valid(b.URL),
		Level:  int64(b.Level),
	}
}

func fromBlock(b *corepb.Block) sender.Block {
	return sender.Block{
		Kind:   sender.BlockKind(b.GetKind()),
		Text:   b.GetText(),
		Spans:  unlist(b.GetSpans(), fromSpan),
		Fields: unlist(b.GetFields(), fromBlock),
		URL:    b.GetUrl(),
		Level:  int(b.GetLevel()),
	}
}

func toSpan(s *sender.Span) *corepb.Span {
	return &corepb.Span{
		Text:    valid(s.Text),
		Bold:    s.Bold,
		Url:     valid(s.URL),
		Mention: valid(s.Mention),
		Color:   valid(s.Color),
	}
}

func fromSpan(s *corepb.Span) sender.Span {
	return sender.Span{
		Text:    s.GetText(),
		Bold:    s.GetBold(),
		URL:     s.GetUrl(),
		Mention: s.GetMention(),
		Color:   s.GetColor(),
	}
}

func toProbe(p *core.ProbeResult) *corepb.ProbeResult {
	return &corepb.ProbeResult{
		Account: valid(p.Account),
		Type:    valid(p.Type),
		Checks:  list(p.Checks, toCheck),
	}
}

func fromProbe(p *corepb.ProbeResult) core.ProbeResult {
	return core.ProbeResult{
		Account: p.GetAccount(),
		Type:    p.GetType(),
		Checks:  unlist(p.GetChecks(), fromCheck),
	}
}

func toCheck(c *sender.Check) *corepb.Check {
	return &corepb.Check{Name: toText(&c.Name), Ok: c.OK, Detail: valid(c.Detail), Hint: toText(&c.Hint)}
}

func fromCheck(c *corepb.Check) sender.Check {
	return sender.Check{
		Name:   fromText(c.GetName()),
		OK:     c.GetOk(),
		Detail: c.GetDetail(),
		Hint:   fromText(c.GetHint()),
	}
}
