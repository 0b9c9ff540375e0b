package io.winnow.data;

import java.util.List;

/**
 * Labelled images by index, in an order that the data alone decides. Safe for use by several
 * threads at once. A data set without classes (a flat folder of samples) has no class names and the
 * label -1 everywhere.
 */
public interface Dataset extends AutoCloseable {
  /** What it is, for messages and records: for example {@code "cifar10 train of data/cifar10"}. */
  String name();

  /** How many samples. */
  int size();

  /** Class names in the order of their labels. */
  List<String> classes();

  /** The sample's path inside the data set, with '/', for example {@code "train/cat/0007.jpg"}. */
  String id(int i);

  /** Index into {@link #classes()}, or -1 where there are no classes. */
  int label(int i);

  /**
   * The sample as it is stored: the bytes of its file or, in a binary archive, of its raw pixels.
   *
   * @throws java.io.UncheckedIOException naming the file, when it cannot be read
   */
  byte[] encoded(int i);

  /**
   * Decodes one sample in its native size.
   *
   * @throws BadImageException with the reason, when the sample is undecodable, truncated or larger
   *     than the limit on pixels
   */
  Image image(int i) throws BadImageException;

  @Override
  void close();
}
