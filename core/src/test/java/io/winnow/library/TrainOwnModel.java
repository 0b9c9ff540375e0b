package io.winnow.library;

import io.winnow.data.Image;
import io.winnow.data.ImageSource;
import io.winnow.data.Planes;
import io.winnow.data.Png;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DdimSampler;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.PerImageNoise;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.SampleListener;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFolder;
import io.winnow.model.ModelFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.Curriculum;
import io.winnow.train.Position;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainFiles;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainPhase;
import io.winnow.train.TrainReport;
import io.winnow.train.TrainSet;
import io.winnow.train.Trainer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Trains an unconditional network on images and a curriculum of one's own, and samples from it. */
final class TrainOwnModel {
  private static final int SIDE = 8;
  private static final int BATCH = 8;

  private TrainOwnModel() {}

  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    int epochs = Integer.parseInt(args[1]);
    Compute compute = Compute.plainCpu();
    RandomStreams random = RandomStreams.of(7);
    UNet2d network = new UNet2d(UNet2dConfig.ddpmCifar10Shaped(32, SIDE, null));
    network.initAsTorch(random.bits("init"));
    compute.place(network); // before the optimiser, whose state lies beside the parameters
    SchedulerConfig scheduler = SchedulerConfig.ddpm(ScheduleConfig.paper(), Parameterization.V);
    ImageSource images = new Gradients(64);
    int[] all = IntStream.range(0, images.size()).toArray();
    AdamConfig constants = new AdamConfig(0.9, 0.999, 1e-8, 0.01);
    TrainFiles files =
        new TrainFiles("own", folder.resolve("state"), folder.resolve("curve.jsonl"));
    try (Adam adamw = Adam.decoupled(network.parameters(), constants);
        Trainer trainer =
            new Trainer(
                network,
                Objective.of(scheduler, 5.0),
                adamw,
                new Growing(images.size(), epochs, random),
                TrainSet.of(images, all, null),
                TrainConfig.plain(epochs, BATCH, 2e-3),
                ClassLossWeights.uniform(1),
                compute,
                random,
                files)) {
      trainer.run(new Printed(), () -> false); // the same call again goes on where this one stopped
      AtomicFolder.write(
          folder.resolve("model"),
          place -> new ModelFolder(network, scheduler).write(place, trainer.emaWeights()));
    }
    network.close(); // weights are native memory, which the collector does not see
    try (ModelFolder model = ModelFolder.read(folder.resolve("model"))) {
      sample(model, random, folder);
    }
  }

  private static void sample(ModelFolder model, RandomStreams random, Path folder) {
    model.network().train(false);
    try (Scope scope = Scope.open()) {
      PerImageNoise noise = new PerImageNoise(random, 0, 1, 2, 3);
      Tensor x0 =
          DdimSampler.diffusers(model.scheduler(), 10, 0, false)
              .sample(
                  model.network(),
                  noise.initial(3, SIDE, SIDE),
                  Condition.none(),
                  noise,
                  SampleListener.none()); // [4, 3, 8, 8]
      byte[] planes = Tensors.bytes(Pixels.toUint8Diffusers(x0));
      for (int i = 0; i < x0.size(0); i++) {
        Image image = Planes.image(planes, i, SIDE, SIDE);
        Png.write(image, folder.resolve("sample-" + i + ".png"));
      }
    }
  }

  /** Images that run from one grey to another; the first ones are the plainest. */
  private record Gradients(int size) implements ImageSource {
    @Override
    public int channels() {
      return 3;
    }

    @Override
    public int height() {
      return SIDE;
    }

    @Override
    public int width() {
      return SIDE;
    }

    @Override
    public int[] labels() {
      return new int[size];
    }

    @Override
    public Tensor batch(int[] indices) {
      long[] bytes = new long[indices.length * 3 * SIDE * SIDE];
      for (int p = 0; p < bytes.length; p++) {
        int index = indices[p / (3 * SIDE * SIDE)];
        bytes[p] = 128 + (p % SIDE - SIDE / 2) * 24L * index / size;
      }
      return Tensors.of(bytes, indices.length, 3, SIDE, SIDE).to(torch.ScalarType.Byte);
    }
  }

  /** Epoch e of E visits the first (e + 1) / E of the images: the plain ones first. */
  private record Growing(int images, int epochs, RandomStreams random) implements Curriculum {
    private int visited(int epoch) {
      return (images * (epoch + 1) + epochs - 1) / epochs;
    }

    private int steps(int epoch) {
      return (visited(epoch) + BATCH - 1) / BATCH;
    }

    @Override
    public long totalSteps() {
      return IntStream.range(0, epochs).mapToLong(this::steps).sum();
    }

    @Override
    public Epoch epoch(long step) {
      int number = 0;
      long first = 0;
      while (number + 1 < epochs && step >= first + steps(number)) {
        first += steps(number++);
      }
      return new Epoch(number, "growing", first, steps(number), false);
    }

    @Override
    public Visits visits(Epoch epoch) {
      int[] order = random.permutation(visited(epoch.number()), "own order", epoch.number());
      double[] weights = new double[order.length];
      Arrays.fill(weights, 1);
      return new Visits(order, weights);
    }

    @Override
    public Position position(long step) {
      Epoch epoch = epoch(step);
      long before = IntStream.range(0, epoch.number()).mapToLong(this::visited).sum();
      long within = Math.min(visited(epoch.number()), (step - epoch.firstStep()) * BATCH);
      return new Position(epoch.phase(), epoch.number(), step, before + within);
    }

    @Override
    public List<TrainPhase> phases() {
      int[] all = IntStream.range(0, images).toArray();
      return List.of(new TrainPhase("growing", all, totalSteps(), false));
    }

    @Override
    public String identity() {
      return "growing to " + images + " in " + epochs + " epochs";
    }
  }

  private static final class Printed implements TrainListener {
    @Override
    public void onReport(TrainReport report) {
      System.out.printf("step %d loss %.4f%n", report.position().step(), report.loss());
    }
  }
}
