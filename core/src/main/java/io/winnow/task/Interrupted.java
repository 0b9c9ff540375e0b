package io.winnow.task;

/**
 * The user or the system asked to stop; everything done so far is on disk, and the same command
 * goes on from there.
 */
public final class Interrupted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Interrupted(String where) {
    super(where + ": interrupted; what is done is saved. Repeat the same command to go on.");
  }
}
