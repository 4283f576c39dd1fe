// Prints the fields of Kubernetes' kinds, read from its own Go types, in the form that check/field_types.h describes: one
// source file of the API for each table (README.md).
//
//	go run . pods|core|workloads|cluster
package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apps "k8s.io/api/apps/v1"
	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	events "k8s.io/api/events/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	scheduling "k8s.io/api/scheduling/v1"
	storage "k8s.io/api/storage/v1"
	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	registration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// One list for each table; a type that an earlier table has is not printed again.
var tables = []struct {
	name, constant string
	kinds          []any
}{
	{"pods", "kPodFields", []any{core.Pod{}, core.PodTemplate{}, core.Binding{}, policy.Eviction{}}},
	{"core", "kCoreFields", []any{core.ConfigMap{}, core.Endpoints{}, core.Event{}, core.LimitRange{}, core.Namespace{}, core.Node{},
		core.PersistentVolumeClaim{}, core.PersistentVolume{}, core.ResourceQuota{}, core.Secret{}, core.ServiceAccount{},
		core.Service{}}},
	{"workloads", "kWorkloadFields", []any{apps.DaemonSet{}, apps.Deployment{}, apps.ReplicaSet{}, apps.StatefulSet{}, apps.ControllerRevision{},
		core.ReplicationController{}, batch.Job{}, batch.CronJob{}, autoscaling.HorizontalPodAutoscaler{}, autoscalingv1.Scale{},
		policy.PodDisruptionBudget{}}},
	{"cluster", "kClusterFields", []any{discovery.EndpointSlice{}, networking.Ingress{}, networking.IngressClass{}, networking.NetworkPolicy{},
		coordination.Lease{}, rbac.Role{}, rbac.ClusterRole{}, rbac.RoleBinding{}, rbac.ClusterRoleBinding{},
		storage.StorageClass{}, scheduling.PriorityClass{}, extensions.CustomResourceDefinition{}, registration.APIService{},
		events.Event{}, authentication.TokenRequest{}, authentication.TokenReview{}, authentication.SelfSubjectReview{},
		authorization.SubjectAccessReview{}, authorization.SelfSubjectAccessReview{},
		authorization.LocalSubjectAccessReview{}, authorization.SelfSubjectRulesReview{}}},
}

var special = map[reflect.Type]string{
	reflect.TypeOf(intstr.IntOrString{}):                      "IntOrString",
	reflect.TypeOf(resource.Quantity{}):                       "Quantity",
	reflect.TypeOf(meta.Time{}):                               "Time",
	reflect.TypeOf(meta.MicroTime{}):                          "MicroTime",
	reflect.TypeOf(meta.FieldsV1{}):                           "any",
	reflect.TypeOf(runtime.RawExtension{}):                    "any",
	reflect.TypeOf(extensions.JSON{}):                         "any",
	reflect.TypeOf(extensions.JSONSchemaPropsOrArray{}):       "SchemaOrArray",
	reflect.TypeOf(extensions.JSONSchemaPropsOrBool{}):        "SchemaOrBool",
	reflect.TypeOf(extensions.JSONSchemaPropsOrStringArray{}): "any",
}

type printer struct {
	names map[string]reflect.Type // what a printed name stands for
	done  map[reflect.Type]bool
	queue []reflect.Type
	quiet bool
	lines []string
}

// The name that Go's decoder prints, with the package's path behind it when two packages share that name.
func (p *printer) name(t reflect.Type) string {
	short := t.String()
	if known, ok := p.names[short]; ok && known != t {
		parts := strings.Split(t.PkgPath(), "/")
		short += "#" + parts[len(parts)-2]
	}
	p.names[short] = t
	return short
}

func (p *printer) typeOf(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return p.typeOf(t.Elem())
	}
	if word, ok := special[t]; ok {
		return word
	}
	switch t.Kind() {
	case reflect.String:
		if t.PkgPath() == "" {
			return "string"
		}
		return "$" + t.String()
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return p.named(t, "[]"+p.typeOf(t.Elem()))
	case reflect.Map:
		return p.named(t, "{}"+p.typeOf(t.Elem()))
	case reflect.Struct:
		p.queue = append(p.queue, t)
		return p.name(t)
	default:
		return p.named(t, t.Kind().String())
	}
}

// A named type that is no struct has a line of its own.
func (p *printer) named(t reflect.Type, what string) string {
	if t.PkgPath() == "" {
		return what
	}
	if !p.done[t] {
		p.done[t] = true
		if !p.quiet {
			p.lines = append(p.lines, p.name(t)+" = "+what)
		}
	}
	return p.name(t)
}

func (p *printer) fields(t reflect.Type) []string {
	var words []string
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.PkgPath != "" && !field.Anonymous || tag == "-" {
			continue
		}
		if field.Anonymous && (tag == "" || strings.Contains(options, "inline")) {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			words = append(words, p.fields(inner)...)
			continue
		}
		if tag == "" {
			tag = field.Name
		}
		if word := p.typeOf(field.Type); word == "string" {
			words = append(words, tag)
		} else {
			words = append(words, tag+":"+word)
		}
	}
	return words
}

func wrap(words []string) string {
	line, text := "", ""
	for _, word := range words {
		if len(line)+len(word) > 115 {
			text, line = text+line+"\n", " "
		}
		line += " " + word
	}
	return strings.TrimPrefix(text+line, " ")
}

func (p *printer) add(roots []any) {
	for _, root := range roots {
		p.queue = append(p.queue, reflect.TypeOf(root))
	}
	for len(p.queue) > 0 {
		t := p.queue[0]
		p.queue = p.queue[1:]
		if p.done[t] {
			continue
		}
		p.done[t] = true
		line := wrap(append([]string{p.name(t) + ":"}, p.fields(t)...))
		if !p.quiet {
			p.lines = append(p.lines, line)
		}
	}
}

const file = `// Written by tests/schemas/types: go run . %s. Do not edit.
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {

const char* const %s = R"(
%s
)";

}  // namespace zdt::rehearsal::api
`

func main() {
	p := &printer{names: map[string]reflect.Type{}, done: map[reflect.Type]bool{}}
	for _, table := range tables {
		p.quiet = table.name != os.Args[1]
		p.add(table.kinds)
		if !p.quiet {
			sort.Strings(p.lines)
			fmt.Printf(file, table.name, table.constant, strings.Join(p.lines, "\n"))
		}
	}
}
