package io.winnow.artifact;

import io.winnow.files.AtomicFolder;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import io.winnow.weights.NpyRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * What an autoencoder says of images, each encoded once: mean and logarithm of the variance of
 * every cell of the latent, of the image and, where wanted, of its mirror image. A folder of {@code
 * latents.json} and {@code moments-00000.npy} and on, a row per image. Rows are read where they
 * lie, so that memory does not grow with their number. Several threads may share one.
 */
public final class LatentMoments implements AutoCloseable {
  private static final String INDEX = "latents.json";

  /** Images of a file: 16 MiB at 4 x 32 x 32 cells, mirror image included. */
  static final int SHARD_IMAGES = 256;

  /** Element types on disk; they come out as float32. */
  public enum Storage {
    FLOAT32,
    /** Half the size; moments are rounded to 11 bits. */
    FLOAT16
  }

  private final Path folder;
  private final Index index;
  private final List<NpyRows.Reader> shards;

  /**
   * {@code latents.json}.
   *
   * @param vae hash of the autoencoder's folder
   * @param scalingFactor what latents are multiplied by before diffusion sees them
   * @param images identifies the images by content, order, size and how they come to it
   * @param count N
   * @param channels Z
   * @param height in cells
   * @param width in cells
   * @param mirrored whether mirror images were encoded as well
   */
  public record Index(
      String vae,
      double scalingFactor,
      String images,
      int count,
      int channels,
      int height,
      int width,
      boolean mirrored,
      Storage storage) {
    /** Views of an image. */
    int views() {
      return mirrored ? 2 : 1;
    }

    int rowValues() {
      return views() * 2 * channels * height * width;
    }

    long[] shape(long images) {
      return new long[] {images, views(), 2, channels, height, width};
    }

    private int shardCount() {
      return (count + SHARD_IMAGES - 1) / SHARD_IMAGES;
    }

    private int shardSize(int number) {
      return Math.min(SHARD_IMAGES, count - number * SHARD_IMAGES);
    }
  }

  /** Something that encodes consecutive images. */
  @FunctionalInterface
  public interface Moments {
    /**
     * Encodes.
     *
     * @param first position of the first image
     * @return by image, view (as it is, mirrored), and mean or log of the variance: [n, V, 2, Z, H,
     *     W], float32, wherever it is; belongs to the caller's scope
     */
    Tensor of(int first, int n);
  }

  private LatentMoments(Path folder, Index index, List<NpyRows.Reader> shards) {
    this.folder = folder;
    this.index = index;
    this.shards = shards;
  }

  /**
   * Encodes what is missing in a folder; what is there of another autoencoder or of other images is
   * removed, and that is said. Which images are encoded at once depends on nothing but {@code
   * batch}, so an interrupted call that is made again leaves the bytes of an undisturbed one.
   *
   * @param batch images at a time
   * @throws Interrupted after a whole batch, when {@code stop} says so; the same call goes on with
   *     the file that it was at
   */
  public static void write(
      Path folder,
      Index index,
      int batch,
      Moments moments,
      Progress listener,
      BooleanSupplier stop) {
    begin(folder, index, listener);
    int known = 0;
    while (known < index.shardCount() && Files.exists(shard(folder, known))) {
      known++;
    }
    int done = Math.min(index.count(), known * SHARD_IMAGES);
    listener.begin("latents", "images", index.count(), done);
    try {
      for (int number = known; number < index.shardCount(); number++) {
        if (!Files.exists(shard(folder, number))) {
          write(shard(folder, number), number, index, batch, moments, listener, stop);
        }
      }
    } finally {
      listener.end();
    }
  }

  private static void begin(Path folder, Index index, Progress listener) {
    if (Files.exists(folder.resolve(INDEX))) {
      Index found = Json.read(folder.resolve(INDEX), Index.class);
      if (found.equals(index)) {
        return;
      }
      String what =
          found.vae().equals(index.vae()) ? "other images or another form" : "another VAE";
      listener.note("latents: " + folder + " is of " + what + "; encoding again");
    }
    try {
      AtomicFolder.delete(folder);
    } catch (IOException e) {
      throw FileFailure.unwritable(folder, e);
    }
    Json.write(folder.resolve(INDEX), index);
  }

  private static void write(
      Path file,
      int number,
      Index index,
      int batch,
      Moments moments,
      Progress listener,
      BooleanSupplier stop) {
    int size = index.shardSize(number);
    boolean half = index.storage() == Storage.FLOAT16;
    torch.ScalarType type = half ? torch.ScalarType.Half : torch.ScalarType.Float;
    try (Scope scope = Scope.open()) {
      Tensor rows =
          torch.empty(new long[] {size, index.rowValues()}, new TensorOptions(type), null);
      for (int from = 0; from < size; from += batch) {
        if (stop.getAsBoolean()) {
          throw new Interrupted("latents");
        }
        int first = number * SHARD_IMAGES + from;
        int n = Math.min(batch, size - from);
        try (Scope step = Scope.open()) {
          Tensor encoded = moments.of(first, n).cpu(); // [n, V, 2, Z, H, W]
          requireFinite(encoded, first);
          rows.narrow(0, from, n).copy_(encoded.reshape(n, index.rowValues()));
        }
        listener.step(first + n, "");
      }
      Npy.write(file, rows);
    }
  }

  private static void requireFinite(Tensor moments, int first) {
    if (!moments.isfinite().all().item_bool()) {
      Tensor fine = moments.flatten(1, -1).isfinite().all(1, false); // [n]
      long image = first + fine.logical_not().nonzero().select(0, 0).item_long();
      throw new IllegalArgumentException(
          "latents: image %d has a latent with a value that is NaN or infinite; expected finite ones."
                  .formatted(image)
              + " Is the autoencoder's file damaged? Check it with winnow weights check.");
    }
  }

  private static Path shard(Path folder, int number) {
    return folder.resolve(String.format(Locale.ROOT, "moments-%05d.npy", number));
  }

  /**
   * Opens a folder that {@link #write} has filled; the caller closes it.
   *
   * @throws IllegalArgumentException when there is none, or a file is not whole
   */
  public static LatentMoments open(Path folder) {
    if (!Files.exists(folder.resolve(INDEX))) {
      throw new IllegalArgumentException(
          folder + ": no " + INDEX + "; expected a folder of latents. Encode the images first.");
    }
    Index index = Json.read(folder.resolve(INDEX), Index.class);
    List<NpyRows.Reader> shards = new ArrayList<>();
    LatentMoments latents = new LatentMoments(folder, index, shards);
    try {
      for (int number = 0; number < index.shardCount(); number++) {
        NpyRows.Reader shard = NpyRows.open(shard(folder, number));
        shards.add(shard);
        if (shard.rows() != index.shardSize(number) || shard.dimension() != index.rowValues()) {
          throw new IllegalArgumentException(
              "%s: %d x %d values; expected %d x %d. Delete its folder, and it is made anew."
                  .formatted(
                      shard(folder, number),
                      shard.rows(),
                      shard.dimension(),
                      index.shardSize(number),
                      index.rowValues()));
        }
      }
      return latents;
    } catch (RuntimeException e) {
      latents.close();
      throw e;
    }
  }

  /**
   * Refuses the latents of another autoencoder, or of other images.
   *
   * @param vae hash of the autoencoder's folder
   * @param images as in {@link Index}
   */
  public void require(String vae, String images) {
    boolean another = !index.vae().equals(vae);
    if (another || !index.images().equals(images)) {
      throw new IllegalArgumentException(
          "%s: latents of %s; expected those of this run. Delete the folder, and they are made anew."
              .formatted(
                  folder, another ? "another autoencoder" : "other images, or of another size"));
    }
  }

  public Index index() {
    return index;
  }

  /**
   * Moments of images by position.
   *
   * @param images positions, repeats allowed, [B]
   * @return [B, V, 2, Z, H, W], float32, CPU; belongs to the caller's scope
   */
  public Tensor gather(int[] images) {
    try (Scope scope = Scope.open()) {
      Tensor rows =
          torch.empty(
              new long[] {images.length, index.rowValues()},
              new TensorOptions(torch.ScalarType.Float),
              null);
      for (int number = 0; number < shards.size(); number++) {
        int shard = number;
        int[] here =
            IntStream.range(0, images.length)
                .filter(i -> images[i] / SHARD_IMAGES == shard)
                .toArray();
        if (here.length > 0) {
          int[] at = Arrays.stream(here).map(i -> images[i] % SHARD_IMAGES).toArray();
          rows.index_copy_(0, Tensors.ofInts(here), shards.get(number).gather(at));
        }
      }
      return scope.keep(rows.view(index.shape(images.length)));
    }
  }

  @Override
  public void close() {
    shards.forEach(NpyRows.Reader::close);
  }
}
