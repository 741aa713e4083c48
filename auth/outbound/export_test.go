package outbound

// RefuseOthers is what keeps connections on this machine.
var RefuseOthers = refuseOthers
