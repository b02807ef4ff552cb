// helm, as it is released.
package main

import (
	"errors"
	"fmt"
	"os"

	"helm.sh/helm/v4/pkg/cmd"
	"helm.sh/helm/v4/pkg/kube"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

func main() {
	kube.ManagedFieldsManager = "helm"
	command, err := cmd.NewRootCmd(os.Stdout, os.Args[1:], cmd.SetupLogging)
	exitOn(err)
	exitOn(command.Execute())
}

func exitOn(err error) {
	var failed cmd.CommandError
	switch {
	case err == nil:
		return
	case errors.As(err, &failed):
		os.Exit(failed.ExitCode)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
