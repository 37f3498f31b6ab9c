package engine

import (
	"errors"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// CheckTemplates finds faults in a configuration's templates. Contact points are only looked at when the files
// are right: what a broken file defines is missing everywhere.
func CheckTemplates(files []config.TemplateFile, points []config.ContactPoint) []config.TemplateFault {
	definitions := make([]message.TemplateFile, len(files))
	for i, f := range files {
		definitions[i] = message.TemplateFile{Name: f.Name, Content: f.Content}
	}
	templates, err := message.ParseTemplates(definitions...)
	if err != nil {
		return templateFaults("", causes(err))
	}
	var faults []config.TemplateFault
	for _, p := range points {
		faults = append(faults, templateFaults(p.Name, templates.Check(message.Style{
			Language: p.Language, Location: p.Location,
			Title: p.Template.Title, Summary: p.Template.Summary, ItemTitle: p.Template.ItemTitle, ItemText: p.Template.ItemText,
		}))...)
	}
	return faults
}

// causes takes joined errors apart.
func causes(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func templateFaults(contactPoint string, errs []error) []config.TemplateFault {
	var faults []config.TemplateFault
	for _, err := range errs {
		fault := config.TemplateFault{ContactPoint: contactPoint, Message: lang.TextOf(err)}
		if e, ok := errors.AsType[*message.TemplateError](err); ok {
			fault.Template, fault.Field, fault.Line, fault.Message = e.File, e.Field, e.Line, e.Message
		}
		faults = append(faults, fault)
	}
	return faults
}
