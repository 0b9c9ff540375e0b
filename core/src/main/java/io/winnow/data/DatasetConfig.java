package io.winnow.data;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * Which images, and in which form they are trained on.
 *
 * @param type how the samples are stored
 * @param path folder, ZIP or TAR; null for {@link Type#SHAPES}
 * @param split name of the part to use; see {@link Datasets#open}
 * @param size side of the training images in pixels; 0 keeps the native size, which must then be
 *     one and the same
 * @param resize how images come to that side
 * @param maxPixels an image with more pixels, by its header, is bad and is not decoded
 * @param maxBadShare in [0, 1): more bad images than this share of all end the run
 * @param count number of images of {@link Type#SHAPES}; of no meaning elsewhere
 */
public record DatasetConfig(
    Type type,
    @OrNull String path,
    String split,
    int size,
    Resize resize,
    long maxPixels,
    double maxBadShare,
    int count) {
  /** How the samples are stored. */
  public enum Type {
    /** The official archives of CIFAR-10, binary or python, or any image folder of it. */
    CIFAR10,
    /** A folder, ZIP or TAR in which the folder of a file is its class. */
    IMAGE_FOLDER,
    /** Generated pictures of ten shapes with known redundancy; needs no file. */
    SHAPES
  }

  public DatasetConfig {
    Check.that(
        type == Type.SHAPES || path != null, "path is missing; name a folder, ZIP or TAR (.gz)");
    Check.that(split != null, "split is missing; write train, or \"\" for everything");
    Check.that(size >= 0, "size is %d, but must be at least 0; 0 keeps the native size", size);
    Check.that(maxPixels > 0, "maxPixels is %d, but must be at least 1", maxPixels);
    Check.that(
        maxBadShare >= 0 && maxBadShare < 1,
        "maxBadShare is %s, but must be in [0, 1); 0.01 lets 1 %% of the images be bad",
        maxBadShare);
    Check.that(type != Type.SHAPES || count >= 100, "count is %d, but must be at least 100", count);
  }

  /** The same of another split. */
  DatasetConfig withSplit(String other) {
    return new DatasetConfig(type, path, other, size, resize, maxPixels, maxBadShare, count);
  }
}
