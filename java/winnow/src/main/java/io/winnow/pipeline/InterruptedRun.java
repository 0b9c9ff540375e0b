package io.winnow.pipeline;

/**
 * The user or the system asked to stop; everything done so far is on disk, and the same command
 * goes on from there.
 */
public final class InterruptedRun extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InterruptedRun(String where) {
    super(where + ": interrupted; what is done is saved. Repeat the same command to go on.");
  }
}
