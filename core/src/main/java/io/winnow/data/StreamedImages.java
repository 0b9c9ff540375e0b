package io.winnow.data;

import org.bytedeco.pytorch.Tensor;

/**
 * Training images decoded when they are asked for, by several threads, for data sets that do not
 * fit into memory.
 */
public final class StreamedImages implements ImageSource {
  private final TrainingImages images;
  private final int[] labels;
  private final int threads;

  /**
   * @param dataset stays the caller's to close
   * @param side of the training images; 0 for the native size, which must be the same everywhere
   */
  public StreamedImages(Dataset dataset, int side, Resize resize, int threads) {
    this.images = new TrainingImages(dataset, side, resize);
    this.labels = TrainingImages.labels(dataset);
    this.threads = threads;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public int height() {
    return images.height();
  }

  @Override
  public int width() {
    return images.width();
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public Tensor batch(int[] indices) {
    return images.batch(indices.length, b -> indices[b], threads);
  }
}
