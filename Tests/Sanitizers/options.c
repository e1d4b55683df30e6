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
  return REPORTS ":detect_stack_use_after_return=1:detect_leaks=1";
}

__attribute__((no_sanitize("thread", "address"))) const char *__lsan_default_suppressions(void) {
  // What a global's initialiser makes stays as long as the process. Where it is a case of an indirect enum, Swift keeps the case's number in
  // the spare bits of the pointer, which LeakSanitizer then takes for none.
  return "leak:_WZ$\n";
}
