#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "math/kernels/table.h"

namespace veilray::math {
namespace {

using ::testing::HasSubstr;

TEST(SelectKernels, FindsEveryAvailableTableByName) {
  for (const KernelTable* table : available_kernels()) {
    EXPECT_EQ(select_kernels(table->name).value(), table) << table->name;
  }
}

TEST(SelectKernels, PrefersTheLastAvailableTableWhenNothingIsWanted) {
  EXPECT_EQ(select_kernels(nullptr).value(), available_kernels().back());
  EXPECT_EQ(select_kernels("").value(), available_kernels().back());
}

TEST(SelectKernels, AlwaysHasTheScalarTable) {
  EXPECT_STREQ(available_kernels().front()->name, "scalar");
}

TEST(SelectKernels, FailsOnAnUnknownNameSayingWhichAreKnown) {
  for (const char* name : {"sse9", "AVX2", "avx", " scalar"}) {
    const auto result = select_kernels(name);
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_EQ(result.failure().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(result.failure().line(), HasSubstr(name));
    EXPECT_THAT(result.failure().line(), HasSubstr("VEILRAY_KERNELS"));
    EXPECT_THAT(result.failure().line(), HasSubstr("scalar, avx2 or avx512"));
  }
}

TEST(SelectKernels, FailsAsUnsupportedWhereTheProcessorLacksTheInstructions) {
  for (const char* name : {"avx2", "avx512"}) {
    const auto result = select_kernels(name);
    if (result.ok()) continue;
    EXPECT_EQ(result.failure().code, ErrorCode::kUnsupported) << name;
  }
}

TEST(AvailableKernels, AreCompleteTables) {
  for (const KernelTable* t : available_kernels()) {
    EXPECT_TRUE(t->ntt_forward && t->ntt_inverse && t->add && t->subtract && t->negate &&
                t->multiply && t->multiply_scalar && t->multiply_scalar_add &&
                t->subtract_multiply && t->subtract_multiply_add && t->reduce && t->reduce_signed &&
                t->inner_product && t->inner_product_pair && t->tensor_product && t->base_convert &&
                t->permute)
        << t->name;
  }
}

}  // namespace
}  // namespace veilray::math
