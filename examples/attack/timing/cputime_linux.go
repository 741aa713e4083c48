package main

import (
	"syscall"
	"time"
	"unsafe"
)

const (
	hasCPUClock = true

	clockProcessCPUTime = 2 // CLOCK_PROCESS_CPUTIME_ID
)

// cpuTime returns how long the threads of this process have run. What other processes take from them does not count.
func cpuTime() time.Duration {
	var t syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockProcessCPUTime, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		panic(errno)
	}
	return time.Duration(t.Nano())
}
