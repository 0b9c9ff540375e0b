package io.winnow.task;

/**
 * The user or the system asked to stop; everything done so far is on disk, and the same command
 * goes on from there, unless the message says otherwise.
 */
public final class Interrupted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Interrupted(String where) {
    this(where, "what is done is saved. Repeat the same command to go on.");
  }

  private Interrupted(String where, String standing) {
    super(where + ": interrupted; " + standing);
  }

  /** Of work that is whole or not there at all, and begins anew. */
  public static Interrupted leavingNothing(String where) {
    return new Interrupted(where, "nothing was written. Repeat the same command to begin anew.");
  }
}
