package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.Image;
import io.winnow.data.Resize;
import io.winnow.data.ShapesDataset;
import io.winnow.model.resnet.AkamasterResNet;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureExtractionTest {
  @TempDir Path folder;
  private final Dataset shapes = new ShapesDataset(120, 1);
  private final Device cpu = new Device(torch.DeviceType.CPU);
  private Path file;

  @BeforeEach
  void writeWeights() {
    file = folder.resolve("net.safetensors");
    CifarResNet18 network = new CifarResNet18(4, 10);
    network.initialise(RandomStreams.of(2));
    Safetensors.write(file, network.state(), Map.of());
  }

  private Encoder open() {
    EncodeConfig usual = EncodeConfig.of("resnet18-cifar", file.toString());
    EncodeConfig config =
        new EncodeConfig(
            usual.encoder(),
            usual.weights(),
            16,
            Precision.FLOAT32,
            "cifar10",
            usual.training(),
            usual.ddae());
    return Encoders.open(config, null, cpu, 0);
  }

  @Test
  void features_ofAnImage_doNotDependOnItsBatch() throws Exception {
    try (Encoder encoder = open();
        Scope scope = Scope.open()) {
      List<Image> images = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        images.add(shapes.image(i * 11));
      }
      float[] together = Tensors.floats(encoder.encode(images));
      for (int i = 0; i < images.size(); i++) {
        float[] alone = Tensors.floats(encoder.encode(List.of(images.get(i))));
        for (int j = 0; j < alone.length; j++) {
          assertThat(alone[j]).isCloseTo(together[i * alone.length + j], within(1e-5f));
        }
      }
    }
  }

  private static org.assertj.core.data.Offset<Float> within(float value) {
    return org.assertj.core.data.Offset.offset(value);
  }

  @Test
  void run_interrupted_goesOnAndGivesTheSameFeatures() {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    try (Encoder encoder = open()) {
      HeardProgress heard = new HeardProgress();
      run(encoder, whole, heard, () -> false);
      String name = " " + encoder.identity().name();
      assertThat(heard.lines()).hasSize(10).startsWith("begin encode 120 images, 0 done");
      assertThat(heard.lines()).contains("16" + name).endsWith("120" + name, "end");

      AtomicInteger asked = new AtomicInteger();
      HeardProgress stopped = new HeardProgress();
      assertThatThrownBy(() -> run(encoder, parts, stopped, () -> asked.incrementAndGet() > 3))
          .isInstanceOf(Interrupted.class)
          .hasMessageStartingWith("encode: interrupted");
      assertThat(stopped.lines()).hasSize(5).endsWith("48" + name, "end");
      assertThat(FeatureFolder.isFinished(parts)).isFalse();
      run(encoder, parts, Progress.SILENT, () -> false);
    }
    try (Features a = FeatureFolder.read(whole);
        Features b = FeatureFolder.read(parts);
        Scope scope = Scope.open()) {
      assertThat(a.ids()).isEqualTo(b.ids()).first().isEqualTo(shapes.id(0));
      assertThat(a.labels()).isEqualTo(b.labels());
      assertThat(Tensors.floats(a.block(0, 120))).isEqualTo(Tensors.floats(b.block(0, 120)));
    }
  }

  private void run(Encoder encoder, Path to, Progress progress, BooleanSupplier stop) {
    FeatureExtraction.run(shapes, "s1", encoder, to, 16, 2, "encode", progress, stop);
  }

  @Test
  void stream_fromTheMiddle_givesTheRowsOfTheWholeRun() {
    try (Encoder encoder = open()) {
      float[][] all = rows(encoder, 0);
      float[][] rest = rows(encoder, 37);
      for (int i = 0; i < 37; i++) {
        assertThat(rest[i]).isNull();
      }
      for (int i = 37; i < 120; i++) {
        assertThat(rest[i]).isEqualTo(all[i]);
      }
    }
  }

  /** What an encoder that adds noise draws it by: the position in the data set. */
  @Test
  void encoder_isToldThePositionOfEveryImage_fromWhereverItBegins() {
    try (Encoder real = open()) {
      Encoder telling =
          new Encoder() {
            @Override
            public EncoderIdentity identity() {
              return real.identity();
            }

            @Override
            public Tensor prepare(Image image) {
              return real.prepare(image);
            }

            @Override
            public Tensor encodePrepared(Tensor batch, long[] indices) {
              assertThat(indices).hasSize((int) batch.size(0));
              float[] told = new float[indices.length];
              for (int i = 0; i < told.length; i++) {
                told[i] = indices[i];
              }
              return Tensors.of(told, told.length, 1);
            }

            @Override
            public void close() {}
          };
      for (int from : new int[] {0, 37}) {
        float[][] rows = rows(telling, from);
        for (int i = from; i < 120; i++) {
          assertThat(rows[i]).containsExactly(i);
        }
      }
    }
  }

  /** As on a device: a batch is begun before the one before it is read, and none is lost. */
  @Test
  void encoder_thatIsReadLate_givesTheSameRows() {
    try (Encoder real = open()) {
      List<String> events = new ArrayList<>();
      Encoder late = late(real, events);
      assertThat(rows(late, 0)).isDeepEqualTo(rows(real, 0));
      int[] asked = {0};
      events.clear();
      assertThatThrownBy(
              () ->
                  FeatureExtraction.stream(
                      shapes,
                      late,
                      0,
                      16,
                      2,
                      (first, block) -> events.add("read " + first),
                      "encode",
                      Progress.SILENT,
                      () -> asked[0]++ == 3))
          .isInstanceOf(Interrupted.class);
      assertThat(events).containsExactly("ask", "ask", "read 0", "ask", "read 16", "read 32");
    }
  }

  private Encoder late(Encoder real, List<String> events) {
    return new Encoder() {
      @Override
      public EncoderIdentity identity() {
        return real.identity();
      }

      @Override
      public Tensor prepare(Image image) {
        return real.prepare(image);
      }

      @Override
      public Tensor encodePrepared(Tensor batch, long[] indices) {
        events.add("ask");
        return real.encodePrepared(batch, indices);
      }

      @Override
      public int ahead() {
        return 1;
      }

      @Override
      public void close() {}
    };
  }

  private float[][] rows(Encoder encoder, int from) {
    float[][] rows = new float[120][];
    FeatureExtraction.stream(
        shapes,
        encoder,
        from,
        16,
        2,
        (first, block) -> {
          for (int i = 0; i < block.size(0); i++) {
            rows[first + i] = Tensors.floats(block.select(0, i));
          }
        },
        "encode",
        Progress.SILENT,
        () -> false);
    return rows;
  }

  @Test
  void encode_leavesNothingBehind() throws Exception {
    try (Encoder encoder = open()) {
      rows(encoder, 0);
      long before = Pointer.totalCount();
      for (int i = 0; i < 3; i++) {
        rows(encoder, 0);
      }
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  @Test
  void identity_namesNetworkWeightsAndPreprocessing() {
    try (Encoder encoder = open()) {
      assertThat(encoder.identity().weightsSha256()).isEqualTo(io.winnow.files.Sha256.of(file));
      assertThat(encoder.identity().preprocessing()).contains("0.4914").contains("native_32");
      assertThat(encoder.identity().dimension()).isEqualTo(32);
      try (Scope scope = Scope.open()) {
        assertThat(encoder.prepare(new Image(40, 20, new byte[2400])).shape())
            .containsExactly(3, 32, 32);
      }
    }
  }

  @Test
  void weights_ofAnotherNetwork_areNamed() {
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("resnet20-cifar", file.toString()), null, cpu, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("looks like CIFAR ResNet-18");
    Path depth32 = folder.resolve("resnet32.safetensors");
    Safetensors.write(depth32, new AkamasterResNet(32, 10).state(), Map.of());
    assertThatThrownBy(
            () ->
                Encoders.open(EncodeConfig.of("resnet20-cifar", depth32.toString()), null, cpu, 0))
        .hasMessageContaining("looks like CIFAR ResNet-32");
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("fid-inception", file.toString()), null, cpu, 0))
        .hasMessageContaining("has no Mixed_7c")
        .hasMessageContaining("looks like CIFAR ResNet-18");
  }

  @Test
  void inceptions_takenForEachOther_areNamed() {
    Path torchvision = inception("inception_v3.safetensors", 1000);
    Path fid = inception("pt_inception.safetensors", 1008);
    assertThatThrownBy(
            () ->
                Encoders.open(
                    EncodeConfig.of("fid-inception", torchvision.toString()), null, cpu, 0))
        .hasMessageContaining("holds torchvision's Inception-v3 (1000 classes)")
        .hasMessageContaining("needs FID-Inception");
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("inception-v3", fid.toString()), null, cpu, 0))
        .hasMessageContaining("holds FID-Inception (1008 classes)")
        .hasMessageContaining("needs torchvision's Inception-v3");
  }

  private Path inception(String name, int classes) {
    Path path = folder.resolve(name);
    try (Scope scope = Scope.open()) {
      Safetensors.write(
          path,
          Map.of(
              "fc.weight", torch.zeros(classes, 2048),
              "Mixed_7c.branch_pool.conv.weight", torch.zeros(192, 2048, 1, 1)),
          Map.of());
    }
    return path;
  }

  @Test
  void resnet20_ofTheRealFile_knowsMostTestImages() throws Exception {
    Path shared = Path.of("../../shared/data");
    Path weights = shared.resolve("resnet_cifar10/resnet20-12fca82f.th");
    Path archive = shared.resolve("cifar10-jpeg.zip");
    assumeTrue(Files.exists(weights) && Files.exists(archive), "no real weights and images here");
    DatasetConfig config =
        new DatasetConfig(
            DatasetConfig.Type.CIFAR10,
            archive.toString(),
            "test",
            0,
            Resize.AVERAGE,
            1 << 20,
            0,
            0);
    try (Dataset cifar = Datasets.open(config, 0);
        Encoder encoder =
            Encoders.open(EncodeConfig.of("resnet20-cifar", weights.toString()), null, cpu, 0)) {
      Classifier classifier = (Classifier) encoder;
      assertThat(classifier.classes()).isEqualTo(cifar.classes());
      int right = 0;
      for (int i = 0; i < 300; i++) {
        int at = i * 33;
        right += classifier.classify(List.of(cifar.image(at)))[0] == cifar.label(at) ? 1 : 0;
      }
      assertThat(right / 300.0).as("published: 0.814 on these JPEG copies").isBetween(0.75, 0.88);
    }
  }

  @Test
  void weights_withoutStatistics_areAskedFor() {
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("resnet18-cifar", file.toString()), null, cpu, 0))
        .hasMessageContaining("Set encode.normalization");
  }

  @Test
  void weights_thatAreNotThere_pointToTheList() {
    Path nowhere = folder.resolve("no.pth");
    assertThat(Files.exists(nowhere)).isFalse();
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("resnet50", nowhere.toString()), null, cpu, 0))
        .hasMessageContaining("no.pth: no such file")
        .hasMessageContaining("winnow weights list");
  }

  @Test
  void norms_folded_giveTheSameFeatures() {
    CifarResNet18 network = new CifarResNet18(4, 10);
    network.initialise(RandomStreams.of(4));
    try (Scope scope = Scope.open();
        var guard = new org.bytedeco.pytorch.NoGradGuard()) {
      Tensor x = RandomStreams.of(5).normal(new long[] {2, 3, 16, 16}, "x");
      network.features(x); // training mode: moves the running statistics
      network.train(false);
      double[] plain = Tensors.doubles(network.features(x));
      network.channelsLast();
      network.fold();
      double[] folded = Tensors.doubles(network.features(x));
      for (int i = 0; i < plain.length; i++) {
        assertThat(folded[i]).isCloseTo(plain[i], org.assertj.core.data.Offset.offset(1e-5));
      }
    }
  }
}
