package io.winnow.bench;

import io.winnow.artifact.LatentMoments;
import io.winnow.data.DecodedImages;
import io.winnow.data.Resize;
import io.winnow.data.ShapesDataset;
import io.winnow.encode.LatentExtraction;
import io.winnow.files.AtomicFolder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory over the images of a latent cache: generated pictures and their mirror images, encoded by
 * a small autoencoder; a line with the resident size and the number of native objects every
 * thousand images. The images themselves are in memory before.
 */
public final class LatentBench {
  private static final int EVERY = 1000;

  private LatentBench() {}

  public static void main(String[] args) throws IOException {
    Arguments arguments = new Arguments(args, Set.of("images", "batch", "threads"));
    Compute compute =
        Compute.of(new ComputeConfig("cpu", "float32", arguments.text("threads", "1")));
    compute.apply();
    int count = arguments.number("images", 5000);
    Path folder = Files.createTempDirectory("winnow-latents");
    int side = ShapesDataset.SIDE;
    AutoencoderKlConfig shape = new AutoencoderKlConfig(3, 3, List.of(8, 8, 16), 1, 4, 4, side, 1);
    try (AutoencoderKl vae = new AutoencoderKl(shape);
        DecodedImages images =
            DecodedImages.load(new ShapesDataset(count, 0), side, Resize.AVERAGE, 1)) {
      vae.initAsTorch(0);
      LatentMoments.Index index =
          new LatentMoments.Index(
              "vae",
              1,
              "images",
              count,
              4,
              side / 4,
              side / 4,
              true,
              LatentMoments.Storage.FLOAT32);
      new LatentExtraction(vae, images, compute)
          .run(folder, index, arguments.number("batch", 16), new Printer(), () -> false);
    } finally {
      AtomicFolder.delete(folder);
    }
  }

  /** One JSON line every thousand images. */
  private static final class Printer implements Progress {
    private long printed;

    @Override
    public void begin(String task, String unit, long total, long done) {}

    @Override
    public void step(long done, String note) {
      if (done / EVERY > printed) {
        printed = done / EVERY;
        System.out.printf(
            "{\"name\": \"latents\", \"images\": %d, \"rss_mb\": %.1f, \"native_objects\": %d}%n",
            done, Line.residentMegabytes(), Pointer.totalCount());
      }
    }

    @Override
    public void end() {}

    @Override
    public void note(String line) {}
  }
}
