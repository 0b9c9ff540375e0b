package io.winnow.nn;

/** A step whose constants of evaluation can be worked into its weights. */
public interface Foldable {
  /** Works them in; later changes of the layers have no effect on the step. */
  void fold();

  /** Frees what came of it. */
  void close();
}
