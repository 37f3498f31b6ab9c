package stage

// Account is how a type of account reaches its play: what the demo and the tests configure, so that neither has
// to know the types.
type Account struct {
	// Name is the account's name in a configuration, Type its type and Title what people call it.
	Name, Type, Title string
	// Settings are those of the account, in the order in which they are written. In a value, "{url}" stands for
	// the sandbox's address and "{host}" for its host and port; "{smtp}" is where it takes mail.
	Settings []Setting
	// To and Mention address somebody of the demo's world, as in a notify entry; empty where the type has none.
	To, Mention []string
	// Urgent is the loudest way to urge from critical on, empty where the type cannot.
	Urgent string
	// Main accounts get the demo's own alert.
	Main bool
}

// Setting is one line of an account.
type Setting struct{ Name, Value string }
