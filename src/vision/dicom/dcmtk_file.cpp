#include "vision/dicom/dcmtk_file.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>

namespace veilray::vision::dicom {
namespace {

// DCMTK keeps its logger, dictionary and codecs in globals: set once, before the first file.
void set_up_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
  });
}

}  // namespace

DcmtkFile::DcmtkFile(std::unique_ptr<DcmDataset> dataset) : dataset_(std::move(dataset)) {}
DcmtkFile::~DcmtkFile() = default;
DcmtkFile::DcmtkFile(DcmtkFile&&) noexcept = default;
DcmtkFile& DcmtkFile::operator=(DcmtkFile&&) noexcept = default;

Result<DcmtkFile> DcmtkFile::open(const Skeleton& skeleton) {
  set_up_dcmtk();
  if (!dcmDataDict.isDictionaryLoaded()) {
    return Failure{ErrorCode::kInternal, "DCMTK finds no DICOM data dictionary", "",
                   "install DCMTK's dicom.dic, or name it in DCMDICTPATH"};
  }
  const DcmXfer syntax(skeleton.transfer_syntax.c_str());
  if (syntax.getXfer() == EXS_Unknown) {
    return Failure{ErrorCode::kUnsupported, "the DICOM transfer syntax is not accepted", "",
                   "export it uncompressed, or as JPEG, JPEG-LS, JPEG 2000 or RLE"};
  }
  DcmInputBufferStream stream;
  stream.setBuffer(skeleton.dataset.data(), static_cast<offile_off_t>(skeleton.dataset.size()));
  stream.setEos();
  auto dataset = std::make_unique<DcmDataset>();
  dataset->transferInit();
  const auto read = dataset->read(stream, syntax.getXfer(), EGL_noChange);
  dataset->transferEnd();
  if (read.bad()) {
    return Failure{ErrorCode::kMalformed, "the DICOM file is truncated or damaged", "",
                   "copy or export it again"};
  }
  return DcmtkFile(std::move(dataset));
}

}  // namespace veilray::vision::dicom
