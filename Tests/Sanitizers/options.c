// What the sanitizers are told, linked into every program: the environment of most children is scrubbed, so it could not tell them.

#define WORDS(text) #text
#define TEXT(text) WORDS(text)

// A report is a file of its own, wherever the program's own streams go, and changes no status: the files count. REPORTS_PATH is where.
#define REPORTS "log_path=" TEXT(REPORTS_PATH) ":log_exe_name=1:exitcode=0"

__attribute__((no_sanitize("thread", "address"))) const char *__tsan_default_options(void) {
  // Threads of the tests' helpers are not joined when their process ends.
  return REPORTS ":report_thread_leaks=0:second_deadlock_stack=1:history_size=4";
}

__attribute__((no_sanitize("thread", "address"))) const char *__asan_default_options(void) {
  return REPORTS ":detect_stack_use_after_return=1:detect_leaks=1:print_suppressions=0";
}

#ifdef LOOKS_FOR_LEAKS

#include <sys/syscall.h>
#include <unistd.h>

void __lsan_do_recoverable_leak_check(void);

// The program leaves by this way out, past everything that is registered for the end, so past LeakSanitizer's look as well.
__attribute__((no_sanitize("address"))) void _exit(int status) {
  __lsan_do_recoverable_leak_check();
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}

__attribute__((no_sanitize("address"))) const char *__lsan_default_suppressions(void) {
  // Swift keeps other bits in some pointers, which LeakSanitizer then takes for none. Two kinds of objects look lost for that and are not:
  // what a global's initialiser makes, where it is a case of an indirect enum; and the side table of an object that somebody refers to
  // weakly, with what only that object holds.
  return "leak:_WZ$\n"
         "leak:formWeakReference\n";
}

#endif
