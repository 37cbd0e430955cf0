#pragma once
// All that is asked of DCMTK: parse a data set, hand out attributes, decompress one frame.
// No DCMTK type shows, so that its headers stay inside dcmtk_*.cpp.
#include <memory>

#include "base/error.h"
#include "vision/dicom/attributes.h"
#include "vision/dicom/display.h"
#include "vision/dicom/structure.h"

class DcmDataset;

namespace veilray::vision::dicom {

class DcmtkFile {
 public:
  /// Fails with kMalformed (does not parse), kUnsupported (transfer syntax unknown) or kInternal
  /// (DCMTK's data dictionary is not installed). `skeleton` must outlive the file.
  static Result<DcmtkFile> open(const Skeleton& skeleton);
  ~DcmtkFile();
  DcmtkFile(DcmtkFile&&) noexcept;
  DcmtkFile& operator=(DcmtkFile&&) noexcept;

  Attributes attributes() const;

  /// The one frame. Decompression may change how samples lie, so `format` is read anew.
  /// Fails with kUnsupported (no pixels, no codec) or kMalformed (truncated, damaged).
  Result<Patterns> decode_frame(PixelFormat& format);

 private:
  explicit DcmtkFile(std::unique_ptr<DcmDataset> dataset);
  std::unique_ptr<DcmDataset> dataset_;
};

}  // namespace veilray::vision::dicom
