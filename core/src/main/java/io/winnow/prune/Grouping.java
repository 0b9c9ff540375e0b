package io.winnow.prune;

/** Whether something is done class by class or once for the whole set. */
public enum Grouping {
  CLASS,
  GLOBAL
}
