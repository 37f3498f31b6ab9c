package core

import "errors"

// The errors of a core. Each is wrapped in a sentence that names what was wrong and what would be right.
var (
	// ErrUnknownContactPoint: no contact point, account or target of that name.
	ErrUnknownContactPoint = errors.New("unknown contact point")
	// ErrInvalid: the request itself can never be served.
	ErrInvalid = errors.New("invalid request")
	// ErrNotFound: no such delivery.
	ErrNotFound = errors.New("not found")
	// ErrStore: it could not be stored, so nothing was accepted; try again later.
	ErrStore = errors.New("cannot store")
	// ErrUnreachable: the core could not be asked, or died while it was.
	ErrUnreachable = errors.New("the core cannot be reached")
	// ErrConfig: the configuration is not valid; the one in force stays.
	ErrConfig = errors.New("invalid configuration")
)
