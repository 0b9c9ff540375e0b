package io.winnow.weights;

/** Names that checkpoints of wrapped models carry. */
final class Checkpoint {
  static final String MODULE = "module.";

  private Checkpoint() {}
}
