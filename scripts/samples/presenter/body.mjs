// Shoulders, blazer, blouse and neck, in frame coordinates.

export const bodyDefs = `
  <linearGradient id="blazer" x1="0.1" y1="0" x2="0.9" y2="1">
    <stop offset="0" stop-color="#5468b4"/><stop offset="0.45" stop-color="#3d4f96"/><stop offset="1" stop-color="#273468"/>
  </linearGradient>
  <linearGradient id="lapel" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#6679c4"/><stop offset="1" stop-color="#34447f"/></linearGradient>
  <linearGradient id="lapelFar" x1="1" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#4e60a8"/><stop offset="1" stop-color="#2c3a70"/></linearGradient>
  <linearGradient id="blouse" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e9e2da"/><stop offset="0.4" stop-color="#fdfaf5"/>
    <stop offset="1" stop-color="#e7e1dc"/></linearGradient>
  <linearGradient id="neck" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#f0bf9f"/><stop offset="0.45" stop-color="#eab592"/>
    <stop offset="1" stop-color="#cf9270"/></linearGradient>
  <linearGradient id="neckShade" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8f4c38" stop-opacity="0.85"/>
    <stop offset="1" stop-color="#a8644a" stop-opacity="0"/></linearGradient>
  <filter id="soft4" filterUnits="userSpaceOnUse" x="-800" y="-800" width="2400" height="2400"><feGaussianBlur stdDeviation="4"/></filter>
  <filter id="soft10" filterUnits="userSpaceOnUse" x="0" y="0" width="1400" height="900"><feGaussianBlur stdDeviation="10"/></filter>
  <clipPath id="neckClip"><path d="M596 400 C 598 452 596 480 574 500 L 540 520 L 640 640 L 740 520 L 706 500 C 684 480 682 452 684 400 Z"/></clipPath>
  <clipPath id="torsoClip"><path id="torso" d="M 286 740 C 294 650 318 596 384 566 C 440 542 528 528 566 500 L 714 500 C 752 528 840 542 896 566 C 962 596 986 650 994 740 Z"/></clipPath>`

const neck = `
  <path d="M596 400 C 598 452 590 484 552 502 L 530 514 L 640 650 L 750 514 L 728 502 C 690 484 682 452 684 400 Z" fill="url(#neck)"/>
  <g clip-path="url(#neckClip)">
    <path d="M 580 400 H 700 V 466 C 690 500 652 514 630 506 C 604 496 592 472 580 448 Z" fill="url(#neckShade)" filter="url(#soft4)"/>
    <path d="M 612 516 C 624 548 634 560 640 574 M 668 516 C 656 548 646 560 640 574" stroke="#c78a68" stroke-width="3" fill="none" opacity="0.5" filter="url(#soft4)"/>
    <path d="M 566 520 C 590 526 612 532 630 546 M 714 520 C 690 526 668 532 650 546" stroke="#bd7f5e" stroke-width="3.5" fill="none" opacity="0.3" stroke-linecap="round" filter="url(#soft4)"/>
  </g>`

const blouse = `
  <path d="M 548 512 C 566 566 600 610 640 640 C 680 610 714 566 732 512 L 770 560 L 720 740 H 560 L 510 560 Z" fill="url(#blouse)"/>
  <path d="M 640 640 C 638 672 641 706 640 740" stroke="#cfc6bd" stroke-width="2.5" fill="none"/>
  <path d="M 548 512 C 566 566 600 610 640 640 C 680 610 714 566 732 512" stroke="#ffffff" stroke-width="5" fill="none" opacity="0.9"/>
  <path d="M 556 530 C 574 580 606 620 638 646" stroke="#b9a99c" stroke-width="5" fill="none" opacity="0.35" filter="url(#soft4)"/>`

const blazer = `
  <path d="M 286 740 C 294 650 318 596 384 566 C 440 542 520 530 556 500 C 560 560 590 650 622 740 Z" fill="url(#blazer)"/>
  <path d="M 994 740 C 986 650 962 596 896 566 C 840 542 760 530 724 500 C 720 560 690 650 658 740 Z" fill="url(#blazer)"/>
  <g clip-path="url(#torsoClip)" fill="none" stroke-linecap="round">
    <path d="M 400 622 C 412 660 418 700 416 740" stroke="#1f2a58" stroke-width="7" opacity="0.55" filter="url(#soft4)"/>
    <path d="M 880 622 C 868 660 862 700 864 740" stroke="#18214a" stroke-width="7" opacity="0.6" filter="url(#soft4)"/>
    <path d="M 306 690 C 316 630 340 598 392 576 C 440 556 500 546 536 526" stroke="#8ea0e2" stroke-width="7" opacity="0.5" filter="url(#soft4)"/>
    <path d="M 974 690 C 964 630 940 598 888 576 C 850 560 800 550 766 536" stroke="#7286cf" stroke-width="4" opacity="0.35" filter="url(#soft4)"/>
    <path d="M 912 600 C 950 640 960 700 966 740" stroke="#141c42" stroke-width="40" opacity="0.28" filter="url(#soft10)"/>
  </g>
  <path d="M 556 498 C 534 510 512 522 500 540 C 496 566 500 590 512 612 L 488 620 C 520 664 566 706 622 740 L 626 740 C 594 660 566 580 556 498 Z" fill="#141b3d" opacity="0.35" filter="url(#soft4)" transform="translate(-3 7)"/>
  <path d="M 556 498 C 534 510 512 522 500 540 C 496 566 500 590 512 612 L 486 620 C 520 664 566 706 620 742 L 628 742 C 594 660 564 580 556 498 Z" fill="url(#lapel)"/>
  <path d="M 724 498 C 746 510 768 522 780 540 C 784 566 780 590 768 612 L 792 620 C 760 664 714 706 658 740 L 654 740 C 686 660 714 580 724 498 Z" fill="#141b3d" opacity="0.3" filter="url(#soft4)" transform="translate(3 7)"/>
  <path d="M 724 498 C 746 510 768 522 780 540 C 784 566 780 590 768 612 L 794 620 C 760 664 714 706 660 742 L 652 742 C 686 660 716 580 724 498 Z" fill="url(#lapelFar)"/>
  <path d="M 556 498 C 534 510 512 522 500 540 C 496 566 500 590 512 612 L 486 620" stroke="#93a4e6" stroke-width="1.6" fill="none" opacity="0.6"/>
  <path d="M 556 500 C 564 582 594 660 627 740" stroke="#93a4e6" stroke-width="1.6" fill="none" opacity="0.45"/>`

const microphone = `
  <g transform="translate(706 632) rotate(24)">
    <rect x="-5" y="-15" width="10" height="20" rx="5" fill="#20242f"/><rect x="-3" y="-13" width="3" height="12" rx="1.5" fill="#6c7488"/>
    <rect x="-7" y="3" width="14" height="6" rx="2" fill="#3a4152"/>
  </g>
  <path d="M 704 640 C 698 664 690 700 672 740" stroke="#171b2b" stroke-width="2" fill="none" opacity="0.6"/>`

export const body = (pose) => `
  <g transform="translate(${pose.bodyX} ${pose.breath}) rotate(${pose.shoulderTilt} 640 760)">
    ${neck}${blouse}${blazer}${microphone}
  </g>`
