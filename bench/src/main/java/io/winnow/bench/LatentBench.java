package io.winnow.bench;

import io.winnow.artifact.LatentMoments;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
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
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory and speed over the images of a latent cache: pictures and their mirror images, encoded by
 * an autoencoder as it is initialised; a line with the resident size and the number of native
 * objects every {@code every} images. The images themselves are in memory before. Without {@code
 * archive} they are generated, 16 x 16; {@code size} is {@code small} (three levels of 8, 8 and 16
 * channels) or {@code published} (the shape of Stable Diffusion's).
 */
public final class LatentBench {
  private static final AutoencoderKlConfig SMALL =
      new AutoencoderKlConfig(3, 3, List.of(8, 8, 16), 1, 4, 4, 16, 1);
  private static final AutoencoderKlConfig PUBLISHED =
      new AutoencoderKlConfig(3, 3, List.of(128, 256, 512, 512), 2, 4, 32, 512, 0.18215);

  private LatentBench() {}

  public static void main(String[] args) throws IOException {
    Arguments arguments =
        new Arguments(
            args, Set.of("archive", "side", "size", "images", "batch", "every", "threads"));
    Compute compute =
        Compute.of(new ComputeConfig("cpu", "float32", arguments.text("threads", "1")));
    compute.apply();
    int count = arguments.number("images", 5000);
    int side = arguments.number("side", ShapesDataset.SIDE);
    AutoencoderKlConfig shape =
        arguments.text("size", "small").equals("published") ? PUBLISHED : SMALL;
    Path folder = Files.createTempDirectory("winnow-latents");
    try (AutoencoderKl vae = new AutoencoderKl(shape);
        DecodedImages images = images(arguments.text("archive", ""), count, side)) {
      vae.initAsTorch(0);
      int cells = side / shape.factor();
      LatentMoments.Index index =
          new LatentMoments.Index(
              "vae", 1, "images", count, 4, cells, cells, true, LatentMoments.Storage.FLOAT32);
      Printer printer = new Printer(arguments.number("every", 1000));
      new LatentExtraction(vae, images, compute)
          .run(folder, index, arguments.number("batch", 16), printer, () -> false);
    } finally {
      AtomicFolder.delete(folder);
    }
  }

  private static DecodedImages images(String archive, int count, int side) {
    if (archive.isEmpty()) {
      return DecodedImages.load(new ShapesDataset(count, 0), side, Resize.AVERAGE, 1);
    }
    try (Dataset all = Datasets.pictures(Path.of(archive), "", Long.MAX_VALUE)) {
      Dataset first = Datasets.subset(all, IntStream.range(0, count).toArray());
      return DecodedImages.load(first, side, Resize.ADM, 1);
    }
  }

  /** One JSON line every so many images. */
  private static final class Printer implements Progress {
    private final int every;
    private final long began = System.nanoTime();
    private long printed;

    Printer(int every) {
      this.every = every;
    }

    @Override
    public void begin(String task, String unit, long total, long done) {}

    @Override
    public void step(long done, String note) {
      if (done / every > printed) {
        printed = done / every;
        System.out.printf(
            "{\"name\": \"latents\", \"images\": %d, \"seconds\": %.1f, \"rss_mb\": %.1f,"
                + " \"peak_rss_mb\": %.1f, \"native_objects\": %d}%n",
            done,
            (System.nanoTime() - began) / 1e9,
            Line.residentMegabytes(),
            Line.peakResidentMegabytes(),
            Pointer.totalCount());
      }
    }

    @Override
    public void end() {}

    @Override
    public void note(String line) {}
  }
}
