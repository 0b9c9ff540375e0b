package io.winnow.cli;

import io.winnow.data.ImageDraw;
import picocli.CommandLine.Option;

/** Which part of a set of images is taken, and what draws it. */
final class DrawOptions {
  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Folder of the set to take, for example train (default: everything).")
  String split;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "0",
      description = "Take at most N images of a set, drawn class by class.")
  int limit;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of everything that is drawn (default: ${DEFAULT-VALUE}).")
  long seed;

  /**
   * The part.
   *
   * @param ofSplit the split of that set
   * @param half 1 or 2 for one of two halves, 0 for the whole
   */
  ImageDraw draw(String ofSplit, int half) {
    return new ImageDraw(ofSplit, half, limit, seed);
  }
}
