package io.winnow.pipeline;

import io.winnow.artifact.SampleImages;
import io.winnow.data.Planes;
import io.winnow.data.Png;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Samples batch by batch: each finished batch is a file of its own, so that a stopped run goes on
 * with the first one that is missing.
 */
final class SampleStore {
  private final Path parts;
  private final int count;
  private final int batch;
  private final int height;
  private final int width;

  /**
   * @param parts folder of the finished batches
   * @param count samples in all
   * @param batch samples per file, the last one may hold fewer
   */
  SampleStore(Path parts, int count, int batch, int height, int width) {
    this.parts = parts;
    this.count = count;
    this.batch = batch;
    this.height = height;
    this.width = width;
  }

  int batches() {
    return (count + batch - 1) / batch;
  }

  /** Numbers of the samples of one batch, ascending. */
  long[] numbers(int index) {
    int first = index * batch;
    long[] numbers = new long[Math.min(batch, count - first)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (long) first + i;
    }
    return numbers;
  }

  boolean has(int index) {
    return Files.exists(file(index));
  }

  /**
   * Stores a batch.
   *
   * @param planes uint8, [B, 3, H, W]
   */
  void put(int index, byte[] planes) {
    AtomicFile.write(file(index), out -> out.write(planes));
  }

  /** Reads a batch, [B, 3, H, W]. */
  byte[] get(int index) {
    try {
      return Files.readAllBytes(file(index));
    } catch (IOException e) {
      throw FileFailure.unreadable(file(index), e);
    }
  }

  /**
   * Writes a PNG per sample, {@code CLASS/000042.png}, in place of {@code target}.
   *
   * @param labels of every sample, [N]
   */
  void writePngs(List<String> classes, int[] labels, Path target) {
    AtomicFolder.write(
        target,
        temporary -> {
          for (String name : classes) {
            Files.createDirectories(temporary.resolve(SampleImages.folderName(name)));
          }
          writePngs(
              number ->
                  temporary.resolve(SampleImages.folderName(classes.get(labels[(int) number]))));
        });
  }

  /** Writes all samples into one folder. */
  void writePngs(Path target) {
    AtomicFolder.write(target, temporary -> writePngs(number -> temporary));
  }

  private void writePngs(LongFunction<Path> folder) throws IOException {
    for (int index = 0; index < batches(); index++) {
      byte[] planes = get(index);
      long[] numbers = numbers(index);
      for (int i = 0; i < numbers.length; i++) {
        Files.write(
            folder.apply(numbers[i]).resolve("%06d.png".formatted(numbers[i])),
            Png.encode(Planes.image(planes, i, height, width)));
      }
    }
  }

  /**
   * Writes all samples as the ADM evaluator reads them.
   *
   * @param labels of every sample, [N]; [0] where they have none
   */
  void writeNpz(long[] labels, Path target) {
    Npz.write(
        target,
        archive -> {
          archive.addRows("arr_0", ScalarType.Byte, this::rows, count, height, width, 3);
          if (labels.length > 0) {
            try (Scope scope = Scope.open()) {
              archive.add("arr_1", Tensors.of(labels, labels.length));
            }
          }
        });
  }

  private void rows(Npz.RowSink sink) {
    for (int index = 0; index < batches(); index++) {
      try (Scope scope = Scope.open()) {
        byte[] planes = get(index);
        long size = planes.length / (3L * height * width);
        Tensor batch = Tensor.create(planes, size, 3, height, width).to(ScalarType.Byte);
        sink.append(batch.permute(0, 2, 3, 1).contiguous()); // [B, H, W, 3]
      }
    }
  }

  private Path file(int index) {
    return parts.resolve("batch-%06d.bin".formatted(index));
  }
}
