package io.winnow.bench;

import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
import io.winnow.data.Image;
import io.winnow.data.ImageDecoder;
import io.winnow.data.Preprocess;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Set;
import javax.imageio.ImageIO;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Image loading in one thread: archive entry, decoding, resize, crop, scaling to a float batch; the
 * work of {@code peer_decode.py}, whose default is the pipeline tv_resnet_v1. {@code --pipeline
 * native} is the peer's {@code --resize 0 --crop 0} on 32 x 32 pictures; {@code --decoder imageio}
 * puts the JDK's decoder in the place of the product's.
 */
public final class DecodeBench {
  private static final int READ = 0;
  private static final int DECODE = 1;
  private static final int RESIZE = 2;

  private final Dataset pictures;
  private final Preprocess preprocess;
  private final int[] order;
  private final long[] nanos = new long[3];
  private final float[] input;
  private int next;
  private Tensor batch; // [B, 3, S, S], one for all steps: hundreds of megabytes
  private double checksum;
  private final boolean imageIo;

  private DecodeBench(Dataset pictures, Preprocess preprocess, boolean imageIo, int seed) {
    this.pictures = pictures;
    this.preprocess = preprocess;
    this.imageIo = imageIo;
    this.order = RandomStreams.of(seed).permutation(pictures.size(), "bench.decode");
    this.input = new float[3 * preprocess.side() * preprocess.side()];
  }

  public static void main(String[] args) {
    Arguments arguments =
        new Arguments(
            args,
            Set.of("archive", "split", "pipeline", "decoder", "batch", "steps", "warmup", "seed"));
    int batch = arguments.number("batch", 256);
    int warmup = arguments.number("warmup", 1);
    int steps = arguments.number("steps", 5);
    String pipeline = arguments.text("pipeline", "tv_resnet_v1");
    String decoder = arguments.text("decoder", "winnow");
    Path archive = Path.of(arguments.text("archive", ""));
    Line.useThreads(1);
    try (Dataset pictures =
        Datasets.pictures(archive, arguments.text("split", ""), Long.MAX_VALUE)) {
      DecodeBench bench =
          new DecodeBench(
              pictures,
              preprocess(pipeline),
              decoder.equals("imageio"),
              arguments.number("seed", 0));
      Line.timed(warmup, 0, () -> bench.step(batch));
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long cpu = threads.getCurrentThreadCpuTime();
      double[] seconds = Line.timed(0, steps, () -> bench.step(batch));
      double cpuNanos = threads.getCurrentThreadCpuTime() - cpu;
      new Line("decode_winnow", 1, warmup, seconds, batch)
          .text("dtype", "float32")
          .text("pipeline", pipeline)
          .text("decoder", decoder)
          .number("cpu_ms_per_item", cpuNanos / 1e6 / steps / batch)
          .number("images", pictures.size())
          .number("share_read", bench.share(READ))
          .number("share_decode", bench.share(DECODE))
          .number("share_resize_to_float", bench.share(RESIZE))
          .number("checksum", bench.checksum)
          .print();
    }
  }

  private static Preprocess preprocess(String pipeline) {
    return pipeline.equals("native")
        ? Preprocess.nativeSize(
            32, new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225})
        : Preprocess.named(pipeline);
  }

  private double share(int phase) {
    return (double) nanos[phase] / (nanos[READ] + nanos[DECODE] + nanos[RESIZE]);
  }

  private void step(int size) {
    try (Scope scope = Scope.open()) {
      if (batch == null) {
        batch =
            Scope.immortal(
                torch.empty(
                    new long[] {size, 3, preprocess.side(), preprocess.side()},
                    new TensorOptions(torch.ScalarType.Float),
                    null));
      }
      FloatPointer data = batch.data_ptr_float();
      for (int b = 0; b < size; b++) {
        image(order[next++ % order.length]);
        data.position((long) b * input.length).put(input);
      }
      checksum += batch.mean().item_double();
    }
  }

  private void image(int i) {
    try {
      long begin = System.nanoTime();
      byte[] encoded = pictures.encoded(i);
      long read = System.nanoTime();
      Image image = imageIo ? withImageIo(encoded) : ImageDecoder.decode(encoded, Long.MAX_VALUE);
      long decoded = System.nanoTime();
      preprocess.into(image, input);
      nanos[READ] += read - begin;
      nanos[DECODE] += decoded - read;
      nanos[RESIZE] += System.nanoTime() - decoded;
    } catch (BadImageException | IOException e) {
      throw new IllegalStateException(pictures.id(i) + ": " + e.getMessage(), e);
    }
  }

  private static Image withImageIo(byte[] encoded) throws IOException {
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(encoded));
    int width = picture.getWidth();
    int[] packed = picture.getRGB(0, 0, width, picture.getHeight(), null, 0, width);
    byte[] rgb = new byte[3 * packed.length];
    for (int i = 0; i < packed.length; i++) {
      rgb[3 * i] = (byte) (packed[i] >> 16);
      rgb[3 * i + 1] = (byte) (packed[i] >> 8);
      rgb[3 * i + 2] = (byte) packed[i];
    }
    return new Image(width, picture.getHeight(), rgb);
  }
}
