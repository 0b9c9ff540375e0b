package io.winnow.sweep;

/**
 * One run of a sweep.
 *
 * @param cell its label
 */
public record SweepRun(String cell, long seed) {
  @Override
  public String toString() {
    return cell + "/" + seed;
  }
}
