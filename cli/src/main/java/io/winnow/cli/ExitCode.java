package io.winnow.cli;

/** What the process tells its caller. */
final class ExitCode {
  /** Done. */
  static final int DONE = 0;

  /** A defect of Winnow or of the machine; the trace is printed. */
  static final int DEFECT = 1;

  /** The user's mistake; the message says where, what, and how to fix it. */
  static final int MISTAKE = 2;

  /** Stopped by a signal with everything saved; the same command goes on. */
  static final int RESUMABLE = 3;

  /** Everything ran, and what was to be checked is not as it should be. */
  static final int CHECK_FAILED = 4;

  private ExitCode() {}
}
