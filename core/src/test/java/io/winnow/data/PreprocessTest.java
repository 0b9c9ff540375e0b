package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PreprocessTest {
  @Test
  void named_everyPipeline_givesItsSide_andAnIdentityOfItsOwn() {
    Set<String> identities = new HashSet<>();
    try (Scope scope = Scope.open()) {
      for (String name : Preprocess.names()) {
        Preprocess preprocess = Preprocess.named(name);
        Tensor input = preprocess.apply(Samples.picture(40, 33, 1));
        assertThat(input.shape()).containsExactly(3, preprocess.side(), preprocess.side());
        assertThat(preprocess.identity()).startsWith(name);
        identities.add(preprocess.identity());
      }
    }
    assertThat(identities).hasSize(14);
  }

  @Test
  void identity_staysTheSame() {
    assertThat(Preprocess.named("tv_resnet_v1").identity())
        .isEqualTo(
            "tv_resnet_v1: Pillow BILINEAR uint8, short side 256; centre 224;"
                + " (p/255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]");
  }

  @Test
  void batch_ofSeveralSizes_equalsThePicturesOneByOne() {
    Preprocess preprocess = Preprocess.named("torch_fidelity_299");
    List<Image> images = List.of(Samples.picture(20, 20, 1), Samples.picture(9, 30, 2));
    try (Scope scope = Scope.open()) {
      float[] batch = Tensors.floats(preprocess.batch(images));
      float[] second = Tensors.floats(preprocess.apply(images.get(1)));
      assertThat(java.util.Arrays.copyOfRange(batch, second.length, batch.length))
          .isEqualTo(second);
    }
  }

  @Test
  void named_unknown_listsTheNames() {
    assertThatThrownBy(() -> Preprocess.named("tv_resnet"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no pipeline named tv_resnet; expected one of adm_center_crop_256");
  }

  @Test
  void nativeSize_ofAnotherSize_isRefused() {
    Preprocess preprocess =
        Preprocess.nativeSize(32, new double[] {0, 0, 0}, new double[] {1, 1, 1});
    assertThatThrownBy(() -> preprocess.into(Samples.picture(16, 32, 0), new float[3072]))
        .hasMessageContaining("16 x 32 pixels, expected 32 x 32");
  }

  @Test
  void apply_inAScope_leavesNoPointerBehind() {
    Preprocess preprocess = Preprocess.named("clip_openai_224");
    long before = -1;
    for (int i = 0; i < 3; i++) {
      try (Scope scope = Scope.open()) {
        preprocess.apply(Samples.picture(30, 30, i));
      }
      before = i == 0 ? Pointer.totalCount() : before;
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }
}
